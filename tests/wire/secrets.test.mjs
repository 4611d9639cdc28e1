// Secrets stay where they belong: not in the log, not in a core dump.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { Authority } from './certificates.mjs';
import {
  binaryPath, call, eventually, exchange, removeDirectory, startServer, temporaryDirectory,
} from './harness.mjs';

const kKey = { accessKeyId: 'AKIDONE', secretAccessKey: 'very-secret-one' };
const kTokenKey = {
  accessKeyId: 'AKIDTWO', secretAccessKey: 'very-secret-two', sessionToken: 'token-of-two' };
const kNever = [
  kKey.secretAccessKey, kTokenKey.secretAccessKey, kTokenKey.sessionToken, 'guessed-secret',
  'guessed-token', 'half-a-secret', 'PRIVATE KEY'];

const kCredentials = `[one]\naws_access_key_id = AKIDONE\n` +
  `aws_secret_access_key = ${kKey.secretAccessKey}\n[two]\naws_access_key_id = AKIDTWO\n` +
  `aws_secret_access_key = ${kTokenKey.secretAccessKey}\n` +
  `aws_session_token = ${kTokenKey.sessionToken}\n`;

let directory;
let credentialsFile;
let identity;
let flags;

before(() => {
  directory = temporaryDirectory();
  credentialsFile = path.join(directory, 'credentials');
  fs.writeFileSync(credentialsFile, kCredentials, { mode: 0o600 });
  identity = new Authority(directory).issue('server');
  flags = ['--auth=verify', `--credentials_file=${credentialsFile}`,
    `--tls_certificate=${identity.certificateFile}`, `--tls_key=${identity.keyFile}`];
});

after(() => removeDirectory(directory));

test('the log never has them', async () => {
  const logFile = path.join(directory, 'log');
  const server = await startServer({
    flags: [...flags, '--log_level=debug', `--log_file=${logFile}`],
    clientTls: { ca: fs.readFileSync(path.join(directory, 'authority.pem')) } });
  const log = () => fs.readFileSync(logFile, 'utf8');
  const list = (credentials) => server.sdk({ credentials }).send(new ListTablesCommand({}));
  try {
    for (const good of [kKey, kTokenKey]) await list(good);
    for (const bad of [
      { ...kKey, secretAccessKey: 'guessed-secret' },
      { ...kTokenKey, sessionToken: 'guessed-token' },
      { accessKeyId: 'guessed-secret', secretAccessKey: 'guessed-secret' },
    ]) {
      await assert.rejects(list(bad), { $fault: 'client' });
    }
    await call(server, 'ListTables', {}, { 'X-Amz-Security-Token': 'guessed-token' });
    await exchange(server, {
      method: 'POST', path: '/?X-Amz-Security-Token=guessed-token&X-Amz-Signature=guessed-secret',
      headers: { 'Content-Type': 'application/x-amz-json-1.0' }, body: '{"guessed-secret":' });
    // Files that cannot be used are complained about without their contents.
    fs.writeFileSync(credentialsFile, `${kCredentials}aws_secret_access_key half-a-secret\n`);
    fs.writeFileSync(identity.keyFile, identity.key.slice(0, -60));
    await eventually(() => log().includes('the keys stay as they were') &&
      log().includes('the TLS certificate and key stay as they were'), 'complaints');
    assert.equal((await server.end('SIGTERM')).code, 0);
    for (const text of [log(), server.stdout, server.stderr]) {
      for (const secret of kNever) assert.ok(!text.includes(secret), `${secret} in ${text}`);
      for (const line of identity.key.split('\n').slice(1, -2)) {
        assert.ok(!text.includes(line), 'a line of the key');
      }
    }
  } finally {
    fs.writeFileSync(credentialsFile, kCredentials);
    fs.writeFileSync(identity.keyFile, identity.key);
    await server.close();
  }
});

/** Aborts a server that may write core dumps of any size; answers whether it has. */
async function dumpsCore(more) {
  const folder = temporaryDirectory();
  try {
    const child = spawn('/bin/sh',
      ['-c', 'ulimit -c unlimited && exec "$0" "$@"', binaryPath(), '--in_memory', '--port=0',
        ...more],
      { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    const closed = once(child, 'close');
    let stdout = '';
    child.stdout.on('data', (chunk) => { stdout += chunk; });
    await eventually(() => stdout.includes('ready') || child.exitCode !== null, 'the ready line');
    child.kill('SIGABRT');
    await closed;
    return fs.readdirSync(folder).length > 0;
  } finally {
    removeDirectory(folder);
  }
}

test('nor has a core dump, because there is none', async (context) => {
  // Where dumps go to another place, or may not be made, there is nothing to see.
  if (!await dumpsCore([...flags, '--core_dumps'])) {
    context.skip('this machine writes no core dumps to the working directory');
    return;
  }
  assert.ok(!await dumpsCore(flags));
  assert.ok(!await dumpsCore(flags.slice(0, 2)), '--auth=verify');
  assert.ok(!await dumpsCore(flags.slice(2)), 'TLS');
});

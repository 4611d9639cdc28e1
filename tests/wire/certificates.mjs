// Certificates for tests, made by the openssl command.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

function openssl(...args) {
  const { status, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' });
  assert.equal(status, 0, `openssl ${args.join(' ')}: ${error ?? stderr}`);
}

/** An authority whose files are in `directory`. */
export class Authority {
  constructor(directory, name = 'authority') {
    this.directory = directory;
    this.certificateFile = path.join(directory, `${name}.pem`);
    this.keyFile = path.join(directory, `${name}.key`);
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-days', '2', '-subj', `/CN=${name}`, '-keyout', this.keyFile, '-out', this.certificateFile);
    this.certificate = fs.readFileSync(this.certificateFile, 'utf8');
  }

  /** {certificate, key, certificateFile, keyFile} of somebody; servers are at 127.0.0.1. */
  issue(name) {
    const file = (ending) => path.join(this.directory, `${name}.${ending}`);
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost',
      '-keyout', file('key'), '-out', file('csr'));
    openssl('x509', '-req', '-in', file('csr'), '-CA', this.certificateFile, '-CAkey', this.keyFile,
      '-CAcreateserial', '-copy_extensions', 'copyall', '-days', '2', '-out', file('pem'));
    fs.chmodSync(file('key'), 0o600);
    return {
      certificateFile: file('pem'),
      keyFile: file('key'),
      certificate: fs.readFileSync(file('pem'), 'utf8'),
      key: fs.readFileSync(file('key'), 'utf8'),
    };
  }
}

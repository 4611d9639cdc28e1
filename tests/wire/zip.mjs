// Zip files made by hand, so that tests can also make those that a tool would not.

import zlib from 'node:zlib';
import { crc32 } from './harness.mjs';

/** What the headers of an entry in the file and in the directory have in common. */
function entryHeader(content, packed, deflated) {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt16LE(0x0800, 2);  // the name is UTF-8
  header.writeUInt16LE(deflated ? 8 : 0, 4);
  header.writeUInt16LE(0, 6);
  header.writeUInt16LE(0x5A21, 8);
  header.writeUInt32LE(crc32(content), 10);
  header.writeUInt32LE(packed.length, 14);
  header.writeUInt32LE(content.length, 18);
  return header;
}

/**
 * A zip file with `files`: {name: text or bytes}. `modes` gives Unix modes by name, `deflate` packs
 * the contents.
 */
export function makeZip(files, { modes = {}, deflate = true } = {}) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const packed = deflate ? zlib.deflateRawSync(content) : content;
    const nameBytes = Buffer.from(name);
    const header = entryHeader(content, packed, deflate);
    header.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), header, nameBytes, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((modes[name] ?? 0o100644) * 0x10000, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), header, tail,
      nameBytes]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

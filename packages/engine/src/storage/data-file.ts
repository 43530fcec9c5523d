// Looks at a data file before LMDB maps it: LMDB takes the process down with it where a file is not its own or was cut short.
// Source: the structures MDB_page_header, MDB_meta and MDB_db of liblmdb's mdb.c.
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';

const magic = 0xbeefc0de;
const metaPages = 2;
const smallestPage_bytes = 512;
const largestPage_bytes = 65_536;
/** Pages at the end of a file that were freed in the commit that took them are never written. */
const unwrittenPagesMax = 256;
const noRoot = 0xffff_ffff_ffff_ffffn;

/** Offsets in a meta page; numbers are little-endian, as on every machine that Node runs on. */
const at = { magic: 24, pageSize: 48, freeRoot: 88, mainRoot: 136, lastPage: 144, transaction: 152, end: 160 } as const;

interface Meta {
  readonly pageSize_bytes: number;
  readonly roots: readonly bigint[];
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

/** Throws an Error that says what is wrong. A file that is not there, or is empty, is right: LMDB begins it. */
export function checkDataFile(file: string): void {
  if (!existsSync(file)) return;
  const descriptor = openSync(file, 'r+');
  try {
    const { size } = fstatSync(descriptor);
    if (size === 0) return;
    const meta = newestMeta(descriptor);
    if (meta === undefined) throw new Error('it is not a data file of this engine, or its beginning is damaged');
    completeLength(descriptor, size, meta);
  } finally {
    closeSync(descriptor);
  }
}

/** What LMDB would go on from: the meta page of the later transaction. */
function newestMeta(descriptor: number): Meta | undefined {
  const first = readMeta(descriptor, 0);
  if (first === undefined) return undefined;
  let newest = first;
  for (let page = 1; page < metaPages; page += 1) {
    const meta = readMeta(descriptor, page * first.pageSize_bytes);
    if (meta === undefined) return undefined;
    if (meta.transaction > newest.transaction) newest = meta;
  }
  return newest;
}

function readMeta(descriptor: number, position: number): Meta | undefined {
  const page = Buffer.alloc(at.end);
  const read = readSync(descriptor, page, 0, at.end, position);
  if (read < at.end || page.readUInt32LE(at.magic) !== magic) return undefined;
  const pageSize_bytes = page.readUInt32LE(at.pageSize);
  if (pageSize_bytes < smallestPage_bytes || pageSize_bytes > largestPage_bytes) return undefined;
  return {
    pageSize_bytes,
    roots: [page.readBigUInt64LE(at.freeRoot), page.readBigUInt64LE(at.mainRoot)],
    lastPage: page.readBigUInt64LE(at.lastPage),
    transaction: page.readBigUInt64LE(at.transaction),
  };
}

/** Reading a page beyond the file's end would end the process: such pages are made, where they can be of no use to anybody. */
function completeLength(descriptor: number, size: number, meta: Meta): void {
  const pages = BigInt(Math.floor(size / meta.pageSize_bytes));
  const missing = meta.lastPage + 1n - pages;
  if (missing <= 0n) return;
  const isRootMissing = meta.roots.some((root) => root !== noRoot && root >= pages);
  if (isRootMissing || missing > BigInt(unwrittenPagesMax)) throw new Error(`it was cut short: ${missing} pages are missing at its end`);
  ftruncateSync(descriptor, (Number(meta.lastPage) + 1) * meta.pageSize_bytes);
}

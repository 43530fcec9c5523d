// CRC-32C (Castagnoli), the checksum that an OP_MSG may end with. Source: RFC 3720, appendix B.4.

const table = Uint32Array.from({ length: 256 }, (_unused, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) remainder = remainder & 1 ? (remainder >>> 1) ^ 0x82f63b78 : remainder >>> 1;
  return remainder >>> 0;
});

/** The checksum of these bytes as an unsigned 32-bit number. */
export function crc32c(bytes: Buffer): number {
  let checksum = 0xffffffff;
  for (const byte of bytes) checksum = table[(checksum ^ byte) & 0xff]! ^ (checksum >>> 8);
  return (checksum ^ 0xffffffff) >>> 0;
}

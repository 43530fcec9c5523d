// Bytes that are held for long have memory of their own: small buffers are cut from a pool, which lives as long as any of them.

export function keptBytes(bytes: Buffer): Buffer {
  const kept = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(kept);
  return kept;
}

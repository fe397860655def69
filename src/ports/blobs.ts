/** Things under the hash of what made them. A key is 64 hex digits; a blob, once there, never changes. */
export interface Blobs {
  /** The bytes, or undefined when nothing is stored there. Small things only: documents, not films. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Stores bytes so that they appear whole or not at all. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  /** Stores a finished file so that it appears whole or not at all, leaving the original in place. */
  writeFile(key: string, path: string): Promise<void>;
  /** Copies a stored file to a path so that it appears whole or not at all. @returns false when nothing is stored there */
  copyTo(key: string, path: string): Promise<boolean>;
  has(key: string): Promise<boolean>;
  delete(key: string): Promise<void>;
  /** Every blob with its size and when it was last used. */
  list(): AsyncIterable<{ key: string; sizeBytes: number; usedAtMs: number }>;
}

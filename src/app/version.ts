import { readFileSync } from 'node:fs';

/** The version in the package's own manifest, which lies two folders up in a checkout and in an installed package. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return String((manifest as { version: unknown }).version);
}

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Blobs } from '../../src/ports/blobs.ts';

const key = (digit: string) => digit.repeat(64);
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (stored: Uint8Array | undefined) => stored && new TextDecoder().decode(stored);

/** What every store of blobs must do, whatever lies behind it. `open` gives an empty store. */
export function describeBlobs(name: string, open: () => Promise<{ blobs: Blobs; close(): Promise<void> }>) {
  describe(`${name} keeps the promises of blobs`, () => {
    let folder: string;
    let store: { blobs: Blobs; close(): Promise<void> };

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'pivot blobs "é" 🎬 '));
      store = await open();
    });
    afterEach(async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    });

    it('gives back the bytes that were stored, and nothing where nothing was', async () => {
      await store.blobs.write(key('a'), bytes('hello'));
      expect(text(await store.blobs.read(key('a')))).toBe('hello');
      expect(await store.blobs.read(key('b'))).toBeUndefined();
      expect(await store.blobs.has(key('a'))).toBe(true);
      expect(await store.blobs.has(key('b'))).toBe(false);
    });

    it('stores no bytes at all as well as many', async () => {
      await store.blobs.write(key('0'), new Uint8Array());
      expect((await store.blobs.read(key('0')))?.length).toBe(0);
      await store.blobs.write(key('1'), new Uint8Array(3_000_000).fill(7));
      expect((await store.blobs.read(key('1')))?.length).toBe(3_000_000);
    });

    it('stores a file and leaves the original alone, whatever happens to it later', async () => {
      const original = join(folder, 'a film.mp4');
      await writeFile(original, 'film');
      await store.blobs.writeFile(key('c'), original);
      await writeFile(original, 'another film');
      const copy = join(folder, 'copy\nof it.mp4');
      expect(await store.blobs.copyTo(key('c'), copy)).toBe(true);
      expect(await readFile(copy, 'utf8')).toBe('film');
      await writeFile(copy, 'changed');
      expect(text(await store.blobs.read(key('c')))).toBe('film');
    });

    it('replaces the file that a copy goes to, and leaves nothing else beside it', async () => {
      await store.blobs.write(key('c'), bytes('new'));
      const path = join(folder, 'out.txt');
      await writeFile(path, 'old and longer');
      await store.blobs.copyTo(key('c'), path);
      expect(await readFile(path, 'utf8')).toBe('new');
      expect(await readdir(folder)).toEqual(['out.txt']);
    });

    it('says so when there is nothing to copy, and touches nothing', async () => {
      const path = join(folder, 'none.txt');
      expect(await store.blobs.copyTo(key('d'), path)).toBe(false);
      await expect(stat(path)).rejects.toThrow();
    });

    it('deletes, also what is not there', async () => {
      await store.blobs.write(key('e'), bytes('x'));
      await store.blobs.delete(key('e'));
      await store.blobs.delete(key('e'));
      expect(await store.blobs.has(key('e'))).toBe(false);
    });

    it('lists every blob with its size and when it was last used', async () => {
      const before = Date.now() - 2000;
      await store.blobs.write(key('a'), bytes('12345'));
      await store.blobs.write(key('b'), bytes('1'));
      const listed = await Array.fromAsync(store.blobs.list());
      expect(listed.map((blob) => [blob.key, blob.sizeBytes]).toSorted()).toEqual([
        [key('a'), 5],
        [key('b'), 1],
      ]);
      for (const blob of listed) expect(blob.usedAtMs).toBeGreaterThan(before);
    });

    it('never shows half of a blob to a reader while several write it', async () => {
      const long = 'x'.repeat(500_000);
      const writing = Array.from({ length: 8 }, () => store.blobs.write(key('f'), bytes(long)));
      const reading = Array.from({ length: 8 }, () => store.blobs.read(key('f')));
      for (const read of await Promise.all(reading)) expect([undefined, 500_000]).toContain(read?.length);
      await Promise.all(writing);
      expect((await store.blobs.read(key('f')))?.length).toBe(500_000);
    });

    it('refuses a key that is none, so that no key can name a path elsewhere', async () => {
      for (const bad of ['', 'a', '../../../../etc/passwd', `${key('a')}/`, key('A')]) {
        await expect(store.blobs.read(bad)).rejects.toMatchObject({ code: 'input.bad_blob_key' });
      }
    });
  });
}

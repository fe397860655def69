import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Records, StoredRecord } from '../../src/ports/records.ts';
import { describeRecordBatches } from './record-batches.ts';
import type { OpenRecords, RecordsUnderTest } from './records-under-test.ts';

/** What every store of records must do, whatever lies behind it. `open` gives an empty store. */
export function describeRecords(name: string, open: OpenRecords) {
  describe(`${name} keeps the promises of records`, () => {
    let store: RecordsUnderTest;
    beforeEach(async () => {
      store = await open({ now: Date.now });
    });
    afterEach(() => store.close());

    it('gives back what was put, with a version that counts its changes', async () => {
      const value = { title: 'Why "ü" 🎬\n', tags: ['a', ''], n: -0.5, none: null, deep: [{ is: true }] };
      expect(await store.records.put('assets', 'a', { n: 1 })).toMatchObject({ id: 'a', version: 1 });
      expect(await store.records.put('assets', 'a', value)).toEqual({ id: 'a', value, version: 2 });
      expect(await store.records.get('assets', 'a')).toEqual({ id: 'a', value, version: 2 });
      expect(await store.records.get('assets', 'b')).toBeUndefined();
      expect(await store.records.get('corpora', 'a')).toBeUndefined();
    });

    it('holds any plain JSON, not only objects', async () => {
      for (const value of [null, 0, '', false, [], {}, 'x'.repeat(10_000)]) {
        await store.records.put('any', 'v', value);
        expect((await store.records.get('any', 'v'))?.value).toEqual(value);
      }
    });

    it('refuses what is no JSON', async () => {
      const circular: Record<string, unknown> = {};
      circular['self'] = circular;
      for (const bad of [undefined, () => 1, 10n, circular]) {
        await expect(store.records.put('any', 'v', bad)).rejects.toMatchObject({
          code: 'input.record_not_json',
        });
      }
      expect(await store.records.get('any', 'v')).toBeUndefined();
    });

    const oddIds = [
      '../../../etc/passwd',
      'a/b',
      '.',
      '..',
      ' ',
      'a\nb\r\tc',
      '%2F',
      '"\'`;--',
      '__proto__',
      // The same letter in two ways: other bytes, another id.
      '\u00fc',
      'u\u0308',
      '日本語',
      '🎬👩‍👩‍👧',
      '\u{10FFFF}',
      '\uE000',
      '#$[]*?',
      'x'.repeat(300),
      '日'.repeat(100),
    ];

    it('keeps ids of any text apart, and lists them by their bytes', async () => {
      for (const [index, id] of oddIds.entries()) await store.records.put('odd', id, index);
      for (const [index, id] of oddIds.entries())
        expect((await store.records.get('odd', id))?.value).toBe(index);
      const listed = (await store.records.list('odd')).records.map(({ id }) => id);
      expect(listed).toEqual(oddIds.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    });

    it('refuses ids and collections that are none', async () => {
      for (const id of ['', 'x'.repeat(301), '日'.repeat(101), 'half \uD83C']) {
        await expect(store.records.put('odd', id, 1)).rejects.toMatchObject({ code: 'input.record_id' });
        await expect(store.records.get('odd', id)).rejects.toMatchObject({ code: 'input.record_id' });
      }
      for (const collection of ['', 'A', 'a b', '../x', 'x'.repeat(64)]) {
        await expect(store.records.list(collection)).rejects.toMatchObject({
          code: 'input.record_collection',
        });
      }
    });

    it('changes only the version that was meant', async () => {
      const { records } = store;
      const changed = { code: 'conflict.record_changed' };
      await expect(records.put('c', 'a', 0, { ifVersion: 3 })).rejects.toMatchObject(changed);
      expect((await records.put('c', 'a', 1, { ifVersion: 0 })).version).toBe(1);
      await expect(records.put('c', 'a', 2, { ifVersion: 0 })).rejects.toMatchObject(changed);
      expect((await records.put('c', 'a', 3, { ifVersion: 1 })).version).toBe(2);
      await expect(records.put('c', 'a', 4, { ifVersion: 1 })).rejects.toMatchObject(changed);
      await expect(records.delete('c', 'a', { ifVersion: 1 })).rejects.toMatchObject(changed);
      expect((await records.get('c', 'a'))?.value).toBe(3);
      expect(await records.delete('c', 'a', { ifVersion: 2 })).toBe(true);
    });

    it('deletes, and says whether there was anything', async () => {
      await store.records.put('c', 'a', 1);
      expect(await store.records.delete('c', 'a')).toBe(true);
      expect(await store.records.delete('c', 'a')).toBe(false);
      expect(await store.records.get('c', 'a')).toBeUndefined();
      expect((await store.records.put('c', 'a', 2, { ifVersion: 0 })).version).toBe(1);
    });

    it('lists page by page, each once, while others are put and deleted', async () => {
      expect(await store.records.list('many')).toEqual({ records: [] });
      const ids = Array.from({ length: 25 }, (_, index) => `id-${String(index).padStart(2, '0')}`);
      for (const id of ids.toReversed()) await store.records.put('many', id, id);
      await store.records.put('other', 'x', 1);
      const seen: StoredRecord[] = [];
      let after: string | undefined;
      do {
        const page = await store.records.list(
          'many',
          after === undefined ? { limit: 10 } : { after, limit: 10 },
        );
        expect(page.records.length).toBeLessThanOrEqual(10);
        seen.push(...page.records);
        await store.records.delete('many', 'id-03');
        await store.records.put('many', 'id-00b', 'late');
        after = page.next;
      } while (after !== undefined);
      expect(seen.map(({ id }) => id)).toEqual(ids);
      expect((await store.records.list('many', { after: 'id-24' })).next).toBeUndefined();
    });

    it('ends the list without another page where its last page is full', async () => {
      for (const id of ['a', 'b']) await store.records.put('many', id, id);
      const page = await store.records.list('many', { limit: 2 });
      expect(page.records).toHaveLength(2);
      const rest =
        page.next === undefined ? [] : (await store.records.list('many', { after: page.next })).records;
      expect(rest).toEqual([]);
    });

    it('holds values up to its bound, and refuses longer ones by their bytes', async () => {
      const { records } = store;
      const longest = 'ü'.repeat(records.maxValueBytes / 2 - 1);
      await records.put('large', 'a', longest);
      expect((await records.get('large', 'a'))?.value).toBe(longest);
      await expect(records.put('large', 'a', `${longest}x`)).rejects.toMatchObject({
        code: 'input.record_too_large',
      });
    });

    it('loses no change when many clients count up one record at once', async () => {
      const clients = await Promise.all([store.reopen(), store.reopen(), store.reopen()]);
      const countUp = async (records: Records): Promise<void> => {
        const before = await records.get('counts', 'n');
        const next = Number(before?.value ?? 0) + 1;
        try {
          await records.put('counts', 'n', next, { ifVersion: before?.version ?? 0 });
        } catch (error) {
          expect(error).toMatchObject({ code: 'conflict.record_changed' });
          await countUp(records);
        }
      };
      const countToTen = async (records: Records) => {
        for (let turn = 0; turn < 10; turn += 1) await countUp(records);
      };
      try {
        await Promise.all(clients.map(countToTen));
        expect(await store.records.get('counts', 'n')).toEqual({ id: 'n', value: 30, version: 30 });
      } finally {
        await Promise.all(clients.map((client) => client.close()));
      }
    });

    it('keeps everything when it is closed and opened again', async () => {
      await store.records.put('c', 'a', { kept: true });
      const again = await store.reopen();
      await store.records.close();
      expect((await again.get('c', 'a'))?.value).toEqual({ kept: true });
      await again.close();
    });
  });
  describeRecordBatches(name, open);
}

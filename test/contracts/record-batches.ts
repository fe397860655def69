import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordRange, StoredRecord } from '../../src/ports/records.ts';
import type { OpenRecords, RecordsUnderTest } from './records-under-test.ts';

/** What every store of records must do with many at once, with ranges, and with what expires: a part of the contract. */
export function describeRecordBatches(name: string, open: OpenRecords) {
  describe(`${name} keeps the promises of batches, ranges and expiry`, () => {
    const start = Date.parse('2026-03-01T00:00:00Z');
    const dayMs = 86_400_000;
    let time = start;
    let store: RecordsUnderTest;
    const later = (days: number) => new Date(start + days * dayMs).toISOString();
    const listIds = async (collection: string, range: RecordRange = {}) =>
      (await store.records.list(collection, { ...range, limit: 1000 })).records.map(({ id }) => id);
    beforeEach(async () => {
      time = start;
      store = await open({ now: () => time });
    });
    afterEach(() => store.close());

    it('lists the ids of a range, by their bytes', async () => {
      const ids = [
        'a',
        'a/',
        'a/1',
        'a/2',
        'a/\u{10FFFF}',
        'a/\u{10FFFF}z',
        'a0',
        'b',
        'ü',
        '\uD7FF',
        '\uE000',
      ];
      for (const id of ids.toReversed()) await store.records.put('range', id, id);
      expect(await listIds('range', { prefix: 'a/' })).toEqual(ids.slice(1, 6));
      expect(await listIds('range', { prefix: 'a/\u{10FFFF}' })).toEqual(ids.slice(4, 6));
      expect(await listIds('range', { prefix: '\uD7FF' })).toEqual(['\uD7FF']);
      expect(await listIds('range', { prefix: 'a/', after: 'a/1' })).toEqual(ids.slice(3, 6));
      expect(await listIds('range', { prefix: 'a/', after: 'A' })).toEqual(ids.slice(1, 6));
      expect(await listIds('range', { prefix: 'a/', after: 'a0' })).toEqual([]);
      expect(await listIds('range', { after: 'a/', before: 'a0' })).toEqual(ids.slice(2, 6));
      expect(await listIds('range', { before: 'a/1' })).toEqual(['a', 'a/']);
      expect(await listIds('range', { after: 'b', before: 'a' })).toEqual([]);
      expect(await listIds('range', { after: 'a', before: 'a' })).toEqual([]);
      expect(await listIds('range', { prefix: 'a/', before: '\u{10FFFF}' })).toEqual(ids.slice(1, 6));
      const page = await store.records.list('range', { prefix: 'a/', limit: 2 });
      expect(page).toMatchObject({ records: [{ id: 'a/' }, { id: 'a/1' }], next: 'a/1' });
    });

    it('gets many at once, without those that are not there', async () => {
      const ids = Array.from({ length: 130 }, (_, index) => `v-${index}`);
      await store.records.append(
        'many',
        ids.map((id) => ({ id, value: { id } })),
      );
      await store.records.put('many', 'v-7', 'changed');
      const found = await store.records.getAll('many', [...ids, 'missing', 'v-3']);
      expect([...found.keys()].toSorted()).toEqual(ids.toSorted());
      expect(found.get('v-7')).toEqual({ id: 'v-7', value: 'changed', version: 2 });
      expect(found.get('v-129')).toEqual({ id: 'v-129', value: { id: 'v-129' }, version: 1 });
      expect((await store.records.getAll('many', [])).size).toBe(0);
    });

    it('appends in batches, each record once and what is there left alone', async () => {
      const { records } = store;
      const snapshots = Array.from({ length: 260 }, (_, index) => ({
        id: `video/${index % 10}/${String(index).padStart(4, '0')}`,
        value: { views: index },
      }));
      await records.put('snapshots', 'video/3/0003', { views: 'mine' });
      expect(await records.append('snapshots', snapshots.slice(0, 100))).toEqual({ addedCount: 99 });
      expect(await records.append('snapshots', snapshots)).toEqual({ addedCount: 160 });
      expect(await records.append('snapshots', snapshots)).toEqual({ addedCount: 0 });
      expect(await listIds('snapshots')).toEqual(snapshots.map(({ id }) => id).toSorted());
      expect(await records.get('snapshots', 'video/3/0003')).toMatchObject({ value: { views: 'mine' } });
      expect(await listIds('snapshots', { prefix: 'video/4/', after: 'video/4/0200' })).toEqual([
        'video/4/0204',
        'video/4/0214',
        'video/4/0224',
        'video/4/0234',
        'video/4/0244',
        'video/4/0254',
      ]);
      expect(await records.append('snapshots', [])).toEqual({ addedCount: 0 });
      // The same id twice in one batch is one record, the first.
      const twice = [
        { id: 'twice', value: 1 },
        { id: 'twice', value: 2 },
      ];
      expect(await records.append('snapshots', twice)).toEqual({ addedCount: 1 });
      expect((await records.get('snapshots', 'twice'))?.value).toBe(1);
    });

    it('appends nothing of a batch of which one record is none', async () => {
      const { records } = store;
      const fine = { id: 'a', value: 1 };
      await expect(records.append('c', [fine, { id: '', value: 1 }])).rejects.toMatchObject({
        code: 'input.record_id',
      });
      await expect(records.append('c', [fine, { id: 'b', value: undefined }])).rejects.toMatchObject({
        code: 'input.record_not_json',
      });
      const tooLong = 'x'.repeat(records.maxValueBytes);
      await expect(records.append('c', [fine, { id: 'b', value: tooLong }])).rejects.toMatchObject({
        code: 'input.record_too_large',
      });
      await expect(
        records.restore(
          'c',
          [
            { ...fine, version: 1 },
            { id: 'b', value: tooLong, version: 1 },
          ],
          'older',
        ),
      ).rejects.toMatchObject({ code: 'input.record_too_large' });
      expect(await listIds('c')).toEqual([]);
    });

    it('shows nothing that has expired, and takes it for not there', async () => {
      const { records } = store;
      const put = await records.put('c', 'a', 1, { expiresAt: later(30) });
      expect(put).toEqual({ id: 'a', value: 1, version: 1, expiresAt: later(30) });
      await records.append('c', [
        { id: 'b', value: 2, expiresAt: later(10) },
        { id: 'c', value: 3 },
      ]);
      await records.put('c', 'd', 1, { expiresAt: later(5) });
      // Put without an end, it stays.
      expect(await records.put('c', 'd', 2)).toEqual({ id: 'd', value: 2, version: 2 });
      time = Date.parse(later(10)) - 1;
      expect(await listIds('c')).toEqual(['a', 'b', 'c', 'd']);
      time += 1;
      expect(await listIds('c')).toEqual(['a', 'c', 'd']);
      expect(await records.get('c', 'b')).toBeUndefined();
      time = Date.parse(later(31));
      expect([...(await records.getAll('c', ['a', 'b', 'c'])).keys()]).toEqual(['c']);
      const changed = { code: 'conflict.record_changed' };
      await expect(records.put('c', 'a', 2, { ifVersion: 1 })).rejects.toMatchObject(changed);
      await expect(records.delete('c', 'a', { ifVersion: 1 })).rejects.toMatchObject(changed);
      expect(await records.put('c', 'a', 2, { ifVersion: 0 })).toEqual({ id: 'a', value: 2, version: 1 });
      expect(await records.append('c', [{ id: 'b', value: 'new' }])).toEqual({ addedCount: 1 });
      expect(await records.get('c', 'b')).toEqual({ id: 'b', value: 'new', version: 1 });
      await expect(records.put('c', 'e', 1, { expiresAt: 'soon' })).rejects.toMatchObject({
        code: 'input.record_expiry',
      });
    });

    it('begins anew at version 1 what is put or deleted after it has expired', async () => {
      const { records } = store;
      await records.put('c', 'a', 1, { expiresAt: later(1) });
      await records.put('c', 'a', 2, { expiresAt: later(1) });
      await records.put('c', 'b', 1, { expiresAt: later(1) });
      time = Date.parse(later(2));
      expect(await records.put('c', 'a', 3)).toEqual({ id: 'a', value: 3, version: 1 });
      expect(await records.delete('c', 'b')).toBe(false);
    });

    it('throws away what has expired, and nothing else', async () => {
      const { records } = store;
      await records.append(
        'many',
        Array.from({ length: 60 }, (_, index) => ({ id: `${index}`, value: 1, expiresAt: later(index + 1) })),
      );
      await records.put('other', 'kept', 1);
      await records.put('other', 'gone', 1, { expiresAt: later(1) });
      expect(await records.dropExpired()).toBe(0);
      time = Date.parse(later(40));
      expect(await records.dropExpired()).toBe(41);
      expect(await records.dropExpired()).toBe(0);
      // With the old clock one sees that they are not only hidden.
      time = start;
      expect(await listIds('many')).toHaveLength(20);
      expect(await listIds('other')).toEqual(['kept']);
    });

    it('restores records with their versions, over older ones only unless told', async () => {
      const { records } = store;
      await records.put('c', 'newer', 1);
      await records.put('c', 'newer', 2);
      await records.put('c', 'newer', 3);
      await records.put('c', 'older', 1);
      await records.put('c', 'same', 'same');
      await records.put('c', 'other', 'mine');
      const given: StoredRecord[] = [
        { id: 'fresh', value: { n: 1 }, version: 7, expiresAt: later(3) },
        { id: 'newer', value: 'theirs', version: 2 },
        { id: 'older', value: 'theirs', version: 2 },
        { id: 'other', value: 'theirs', version: 1 },
        { id: 'same', value: 'same', version: 1 },
      ];
      expect(await records.restore('c', given.slice(1), 'nothing')).toEqual(['kept', 'kept', 'kept', 'same']);
      expect(await records.restore('c', given, 'older')).toEqual([
        'written',
        'kept',
        'written',
        'kept',
        'same',
      ]);
      expect(await records.get('c', 'fresh')).toEqual(given[0]);
      expect(await records.get('c', 'older')).toEqual(given[2]);
      expect((await records.get('c', 'newer'))?.value).toBe(3);
      expect(await records.restore('c', given, 'anything')).toEqual([
        'same',
        'written',
        'same',
        'written',
        'same',
      ]);
      expect((await records.list('c')).records).toEqual(given);
      // What was restored goes on from its version.
      expect((await records.put('c', 'fresh', 2, { ifVersion: 7 })).version).toBe(8);
      const many = Array.from({ length: 70 }, (_, index) => ({ id: `m-${index}`, value: index, version: 2 }));
      expect(new Set(await records.restore('c', many, 'older'))).toEqual(new Set(['written']));
      expect(new Set(await records.restore('c', many, 'older'))).toEqual(new Set(['same']));
    });

    it('restores over what has expired', async () => {
      const { records } = store;
      await records.put('c', 'a', 1);
      await records.put('c', 'a', 2, { expiresAt: later(1) });
      time = Date.parse(later(2));
      const given = { id: 'a', value: 'theirs', version: 1 };
      expect(await records.restore('c', [given], 'nothing')).toEqual(['written']);
      expect(await records.get('c', 'a')).toEqual(given);
    });

    it('knows its collections, but not those that are empty', async () => {
      const { records } = store;
      expect(await records.listCollections()).toEqual([]);
      await records.put('videos', 'a', 1);
      await records.append('snapshots', [{ id: 'a', value: 1 }]);
      await records.restore('a-b', [{ id: 'a', value: 1, version: 3 }], 'older');
      await records.put('a', 'a', 1);
      await records.put('gone', 'a', 1);
      await records.delete('gone', 'a');
      await records.put('old', 'a', 1, { expiresAt: later(1) });
      time = Date.parse(later(2));
      const again = await store.reopen();
      try {
        expect(await again.listCollections()).toEqual(['a', 'a-b', 'snapshots', 'videos']);
      } finally {
        await again.close();
      }
    });

    it('gives long values in shorter pages, and none is left out', async () => {
      const { records } = store;
      const value = 'x'.repeat(Math.min(records.maxValueBytes - 2, 390_000));
      const ids = Array.from({ length: 30 }, (_, index) => `long-${String(index).padStart(2, '0')}`);
      for (const id of ids) await records.put('long', id, value);
      const seen: string[] = [];
      let after: string | undefined;
      let pageCount = 0;
      do {
        const page = await records.list('long', { after, limit: 1000 });
        seen.push(...page.records.map(({ id }) => id));
        pageCount += 1;
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual(ids);
      expect(pageCount).toBeGreaterThan(1);
    });
  });
}

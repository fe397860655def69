import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { z } from 'zod';
import type { GateFinding } from '../../domain/gate.ts';
import { clipOf, queueIdOf, queueItemSchema, type QueueItem } from '../../domain/queue.ts';
import type { Source } from '../../domain/source.ts';
import type { Records, StoredRecord } from '../../ports/records.ts';
import { judgeDuplicates, type FilmPrint } from '../../stages/gate/duplicate-findings.ts';
import { printPicture, type PicturePrint } from '../../stages/gate/print-picture.ts';
import { printSound, type SoundPrint } from '../../stages/match/print-sound.ts';
import type { StageCache, StageContext } from '../../stages/stage.ts';

/** Fingerprints of films that passed the gate, as records: what is to be published is held against what was, or waits. */

/** A record a film, its id the film's in the queue. */
export const printsCollection = 'prints';

/** What was removed from the queue, with its history: what was published stays published. */
const removedCollection = 'queue-removed';

/** As many numbers of a sound as an hour has, and as many pictures: the value of a record has its limit. */
const mostNumbers = 29_100;
const mostPictures = 3600;

/** So many are held in memory at once, and so many findings are told. */
const pageSize = 100;
const mostFound = 20;

const printRecordSchema = z.strictObject({
  version: z.literal(1),
  contentHash: z.string().regex(/^sha256:[0-9a-f]{64}$/u),
  title: z.string().max(500),
  /** The numbers of the sound's print, 4 bytes each, the lowest first; left out where there is no sound. */
  sound: z.base64().optional(),
  /** 16 hex digits a second. */
  picture: z.string().regex(/^(?:[0-9a-f]{16})*$/u),
  at: z.iso.datetime(),
});
type PrintRecord = Readonly<z.infer<typeof printRecordSchema>>;

/** The fingerprints of a film. */
export type Prints = { readonly sound: SoundPrint | undefined; readonly picture: PicturePrint };

/** A film that is held against others, and what it is a declared variation of. */
export type PrintedFilm = Prints & {
  readonly contentHash: string;
  readonly title: string;
} & Pick<QueueItem, 'variation' | 'clipHash'>;

/** Takes the fingerprints of a film: its sound and a picture a second. Cached by content. @throws as reading it does */
export async function takePrints(
  source: Source,
  ports: { readonly cache: StageCache },
  context: StageContext,
): Promise<Prints> {
  const quiet = { signal: context.signal, report: () => {} };
  return {
    sound: await printSound(source, ports, quiet),
    picture: await printPicture(source, ports, quiet),
  };
}

/**
 * Holds a film against those in the queue and those that were published from it. `targets`: where films may go, as the queue's ids name
 * them. Page by page: memory stays flat. @throws cancelled.*, and what the records throw
 */
export async function findDuplicates(
  film: PrintedFilm,
  records: Records,
  targets: readonly string[],
  signal: AbortSignal,
): Promise<GateFinding[]> {
  const own: FilmPrint = { id: film.contentHash, ...pick(film), variationOf: clipOf(film) };
  const findings: GateFinding[] = [];
  let after: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await records.list(printsCollection, { after, limit: pageSize });
    for (const stored of page.records) {
      const other = readPrint(stored);
      if (other === undefined || other.id === own.id || judgeDuplicates(own, [other]).length === 0) continue;
      const items = await findItems(records, other.id, targets);
      const known = items.find(({ state }) => state === 'published') ?? items[0];
      // It was added and taken away again: nobody has seen it.
      if (known === undefined) continue;
      findings.push(
        ...judgeDuplicates({ ...own, variationOf: familyOf(film, known) }, [
          {
            ...other,
            title: known.title,
            variationOf: familyOf(known, film),
            publishedAt: known.published?.at,
          },
        ]),
      );
    }
    await yieldToEvents();
    after = page.next;
  } while (after !== undefined && findings.length < mostFound);
  return findings.slice(0, mostFound);
}

/** Keeps the fingerprints of a film that passed, so that the next is held against it. */
export async function keepPrints(film: PrintedFilm, records: Records, now: Date): Promise<void> {
  const { contentHash, title, sound, picture } = film;
  const value: PrintRecord = {
    version: 1,
    contentHash,
    title: title.slice(0, 500),
    ...(sound === undefined ? {} : { sound: encodeSound(sound.subarray(0, mostNumbers)) }),
    picture: picture.slice(0, mostPictures).join(''),
    at: now.toISOString(),
  };
  await records.put(printsCollection, queueIdOf(contentHash), printRecordSchema.parse(value));
}

/** What both are of, where one of them is declared to be a variation; the same clip made twice over is none. */
function familyOf(
  one: Pick<QueueItem, 'variation' | 'clipHash'>,
  other: Pick<QueueItem, 'variation'>,
): string | undefined {
  return one.variation === undefined && other.variation === undefined ? undefined : clipOf(one);
}

/** The items of a film, of every target, in the queue or published and taken out of it. */
async function findItems(
  records: Records,
  contentHash: string,
  targets: readonly string[],
): Promise<QueueItem[]> {
  const ids = [queueIdOf(contentHash), ...targets.map((target) => queueIdOf(contentHash, target))];
  const found = await records.getAll('queue', ids);
  const items = [...found.values()].flatMap(({ value }) => queueItemSchema.safeParse(value).data ?? []);
  if (items.length > 0) return items;
  for (const id of ids) {
    const { records: removed } = await records.list(removedCollection, { prefix: `${id}/`, limit: pageSize });
    const published = removed
      .flatMap(({ value }) => queueItemSchema.safeParse(value).data ?? [])
      .filter(({ published: wasPublished }) => wasPublished !== undefined);
    if (published.length > 0) return published;
  }
  return [];
}

/** What is not as it should be is left out: it may be of a newer version. */
function readPrint({ value }: StoredRecord): FilmPrint | undefined {
  const parsed = printRecordSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { contentHash, title, sound, picture } = parsed.data;
  return {
    id: contentHash,
    title,
    sound: sound === undefined ? undefined : decodeSound(sound),
    picture: picture.match(/.{16}/gu) ?? [],
  };
}

function pick({ title, sound, picture }: PrintedFilm) {
  return { title, sound, picture };
}

function encodeSound(print: SoundPrint): string {
  const bytes = Buffer.alloc(print.length * 4);
  for (const [index, number] of print.entries()) bytes.writeUInt32LE(number, index * 4);
  return bytes.toString('base64');
}

function decodeSound(text: string): SoundPrint {
  const bytes = Buffer.from(text, 'base64');
  const print = new Uint32Array(Math.floor(bytes.length / 4));
  for (let index = 0; index < print.length; index++) print[index] = bytes.readUInt32LE(index * 4);
  return print;
}

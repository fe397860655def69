import { PatternPivotError } from '../../domain/errors.ts';
import { corpusAssetSchema, corpusSchema, type Corpus, type CorpusAsset } from '../../domain/library.ts';
import type { Library } from './library.ts';

/** The collection of records that holds corpora, by their names. */
const corpora = 'corpora';

/** The collection that holds what is in their indexes: `<name>/<asset id>`. */
const members = 'corpus-assets';

type Held = Pick<Library, 'records'>;

/** A corpus by its name; undefined where there is none. @throws input.corpus_name, conflict.record_invalid */
export async function readCorpus(library: Held, name: string): Promise<Corpus | undefined> {
  assertCorpusName(name);
  const stored = await library.records.get(corpora, name);
  return stored === undefined ? undefined : parse(corpusSchema, stored.id, stored.value);
}

/** All corpora, in the order of their names. */
export async function* listCorpora(library: Held): AsyncIterable<Corpus> {
  let after: string | undefined;
  do {
    const page = await library.records.list(corpora, after === undefined ? {} : { after });
    for (const { id, value } of page.records) yield parse(corpusSchema, id, value);
    after = page.next;
  } while (after !== undefined);
}

/** Writes the record of a corpus, over whatever there is. */
export async function writeCorpus(library: Held, corpus: Corpus): Promise<void> {
  // Records say nothing of what is not known: there is no undefined in JSON.
  const value: unknown = JSON.parse(JSON.stringify(corpusSchema.parse(corpus)));
  await library.records.put(corpora, corpus.name, value);
}

/** Takes the record of a corpus away. @returns whether there was one */
export function deleteCorpus(library: Held, name: string): Promise<boolean> {
  return library.records.delete(corpora, name);
}

/** What is in the index of a corpus, by asset id. */
export async function readMembers(library: Held, name: string): Promise<Map<string, CorpusAsset>> {
  const prefix = `${name}/`;
  const found = new Map<string, CorpusAsset>();
  let after: string | undefined = prefix;
  while (after !== undefined) {
    const page = await library.records.list(members, { after, limit: 1000 });
    for (const { id, value } of page.records) {
      // In the order of their bytes those of one corpus stand together.
      if (!id.startsWith(prefix)) return found;
      found.set(id.slice(prefix.length), parse(corpusAssetSchema, id, value));
    }
    after = page.next;
  }
  return found;
}

/** Notes that an asset's chunks are in the index. */
export async function writeMember(
  library: Held,
  name: string,
  assetId: string,
  member: CorpusAsset,
): Promise<void> {
  await library.records.put(members, `${name}/${assetId}`, member);
}

/** Forgets that assets' chunks are in the index. */
export async function deleteMembers(library: Held, name: string, assetIds: Iterable<string>): Promise<void> {
  for (const assetId of assetIds) await library.records.delete(members, `${name}/${assetId}`);
}

/** Refuses what is no name of a corpus. @throws input.corpus_name */
export function assertCorpusName(name: string): void {
  if (corpusSchema.shape.name.safeParse(name).success) return;
  throw new PatternPivotError('input.corpus_name', `"${name.slice(0, 80)}" is no name for a corpus.`, {
    hint: 'A name is made of a–z, 0–9 and -, 63 characters at most: compilers-2024.',
    context: { name: name.slice(0, 80) },
  });
}

function parse<T>(
  schema: {
    safeParse(value: unknown): { success: true; data: T } | { success: false; error: { message: string } };
  },
  id: string,
  value: unknown,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PatternPivotError(
    'conflict.record_invalid',
    `The record of corpus ${id} is not as it should be.`,
    {
      hint: 'A newer version may have written it: update the program, or drop the corpus and build it again.',
      context: { id, problem: parsed.error.message },
    },
  );
}

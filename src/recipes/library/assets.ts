import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { libraryAssetSchema, type AssetSelection, type LibraryAsset } from '../../domain/library.ts';
import { transcriptSchema, type Transcript } from '../../domain/transcript.ts';
import type { StoredRecord } from '../../ports/records.ts';
import type { Library } from './library.ts';

/** The collection of records that holds assets, by their ids. */
const collection = 'assets';

/** Two processes that change one record at once are not unlikely; this many times in a row is a mistake. */
const maxTries = 20;

/** An asset by its id; undefined where the library has none of it. @throws conflict.record_invalid */
export async function readAsset(
  library: Pick<Library, 'records'>,
  id: string,
): Promise<LibraryAsset | undefined> {
  const stored = await library.records.get(collection, id);
  return stored === undefined ? undefined : parseAsset(stored);
}

/**
 * The assets of a library in the order of their ids, all or those that a selection fits. Its `text` is left to
 * {@link selectAssets}: full text knows of it.
 */
export async function* listAssets(
  library: Pick<Library, 'records'>,
  selection: AssetSelection = {},
): AsyncIterable<LibraryAsset> {
  let after: string | undefined;
  do {
    const page = await library.records.list(collection, after === undefined ? {} : { after });
    for (const stored of page.records) {
      const asset = parseAsset(stored);
      if (isSelected(asset, selection)) yield asset;
    }
    after = page.next;
  } while (after !== undefined);
}

/** The assets that a selection fits, its words too. Full text must be up to date. */
export async function selectAssets(
  library: Pick<Library, 'records' | 'fullText'>,
  selection: AssetSelection,
): Promise<LibraryAsset[]> {
  const { text } = selection;
  const saying = text === undefined ? undefined : new Set(await library.fullText.findAssets(text));
  const assets: LibraryAsset[] = [];
  for await (const asset of listAssets(library, selection)) {
    if (saying === undefined || saying.has(asset.id)) assets.push(asset);
  }
  return assets;
}

/** Whether a selection fits an asset; its `text` does not count. Names are compared without regard to case. */
export function isSelected(asset: LibraryAsset, selection: AssetSelection): boolean {
  const { assetIds, tags, channel, playlist, after, before } = selection;
  const moment = Date.parse(asset.publishedAt ?? asset.addedAt);
  const own = new Set(asset.tags.map(fold));
  return (
    (assetIds === undefined || assetIds.includes(asset.id)) &&
    (tags === undefined || tags.every((tag) => own.has(fold(tag)))) &&
    (channel === undefined || (asset.channel !== undefined && fold(asset.channel) === fold(channel))) &&
    (playlist === undefined || (asset.playlist !== undefined && fold(asset.playlist) === fold(playlist))) &&
    (after === undefined || moment >= Date.parse(after)) &&
    (before === undefined || moment < Date.parse(before))
  );
}

/** A name as it is compared: é typed in two ways is one. */
function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/**
 * The one asset that a person means: its id or the beginning of it (4 digits or more), its path, or its title.
 * @throws not_found.asset, input.asset_ambiguous
 */
export async function findAsset(library: Pick<Library, 'records'>, named: string): Promise<LibraryAsset> {
  const exact = /^[0-9a-f]{16}$/u.test(named) ? await readAsset(library, named) : undefined;
  if (exact !== undefined) return exact;
  const prefix = /^[0-9a-f]{4,15}$/u.test(named) ? named : undefined;
  const path = resolve(named);
  const wanted = fold(named);
  const found: LibraryAsset[] = [];
  for await (const asset of listAssets(library)) {
    if (asset.path === path) return asset;
    if ((prefix !== undefined && asset.id.startsWith(prefix)) || fold(asset.title) === wanted)
      found.push(asset);
  }
  const [first, second] = found;
  if (first === undefined) {
    throw new PatternPivotError(
      'not_found.asset',
      `The library has nothing of this id, path or title: ${named}`,
      {
        hint: 'pivot list shows what is in it; pivot add puts a file into it.',
        context: { named },
      },
    );
  }
  if (second !== undefined) {
    throw new PatternPivotError(
      'input.asset_ambiguous',
      `${named} may be ${found
        .slice(0, 4)
        .map(({ id, title }) => `${id} (${title})`)
        .join(' or ')}${found.length > 4 ? ' or others' : ''}.`,
      { hint: 'Name it by its whole id.', context: { ids: found.map(({ id }) => id) } },
    );
  }
  return first;
}

/**
 * Changes the record of an asset, or makes it: `change` gets what is there now and may be called again when another process
 * was quicker. It gives back the very same value to change nothing.
 * @throws conflict.record_changed when others never stop changing it, input.record_too_large
 */
export async function changeAsset(
  library: Pick<Library, 'records'>,
  id: string,
  change: (before: LibraryAsset | undefined) => LibraryAsset,
): Promise<{ readonly before: LibraryAsset | undefined; readonly asset: LibraryAsset }> {
  for (let tries = 1; ; tries += 1) {
    const stored = await library.records.get(collection, id);
    const before = stored === undefined ? undefined : parseAsset(stored);
    const asset = change(before);
    if (asset === before) return { before, asset };
    try {
      const value = libraryAssetSchema.parse(asset);
      await library.records.put(collection, id, value, { ifVersion: stored?.version ?? 0 });
      return { before, asset: value };
    } catch (error) {
      const isBeaten = error instanceof PatternPivotError && error.code === 'conflict.record_changed';
      if (!isBeaten || tries === maxTries) throw error;
    }
  }
}

/** Takes the record of an asset away, and nothing else. @returns whether there was one */
export function deleteAsset(library: Pick<Library, 'records'>, id: string): Promise<boolean> {
  return library.records.delete(collection, id);
}

/** Stores a transcript. @returns the key that it is found under, the same for the same words */
export async function writeTranscript(
  library: Pick<Library, 'transcripts'>,
  transcript: Transcript,
): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(transcript));
  const key = hashBytes(bytes);
  // What lies there may have been damaged: the same bytes are put over it.
  await library.transcripts.write(key, bytes);
  return key;
}

/** The transcript of an asset. @throws not_found.transcript when it is gone or was damaged */
export async function readAssetTranscript(
  library: Pick<Library, 'transcripts'>,
  asset: Pick<LibraryAsset, 'id' | 'path' | 'title' | 'transcriptKey'>,
): Promise<Transcript> {
  const transcript = await readTranscriptAt(library, asset.transcriptKey);
  if (transcript !== undefined) return transcript;
  throw new PatternPivotError(
    'not_found.transcript',
    `The transcript of "${asset.title}" is gone or damaged.`,
    {
      hint: `Add it again: pivot add ${JSON.stringify(asset.path)}`,
      context: { assetId: asset.id, key: asset.transcriptKey },
    },
  );
}

/** A stored transcript by its key; undefined when it is not there or not whole. */
export async function readTranscriptAt(
  library: Pick<Library, 'transcripts'>,
  key: string,
): Promise<Transcript | undefined> {
  const bytes = await library.transcripts.read(key);
  if (bytes === undefined || hashBytes(bytes) !== key) return undefined;
  const parsed = transcriptSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  return parsed.success ? parsed.data : undefined;
}

/** Deletes the transcripts of an asset that is gone or has others now, but for those that some asset still names. */
export async function forgetTranscripts(
  library: Pick<Library, 'records' | 'transcripts'>,
  { transcriptKey, heardTranscriptKey }: Pick<LibraryAsset, 'transcriptKey' | 'heardTranscriptKey'>,
): Promise<void> {
  const keys = new Set([transcriptKey, ...(heardTranscriptKey === undefined ? [] : [heardTranscriptKey])]);
  for await (const asset of listAssets(library)) {
    keys.delete(asset.transcriptKey);
    keys.delete(asset.heardTranscriptKey ?? '');
  }
  for (const key of keys) await library.transcripts.delete(key);
}

function hashBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parseAsset({ id, value }: StoredRecord): LibraryAsset {
  const parsed = libraryAssetSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new PatternPivotError(
    'conflict.record_invalid',
    `The record of asset ${id} is not as it should be: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim(),
    { hint: 'A newer version may have written it: update the program.', context: { id } },
  );
}

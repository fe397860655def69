import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseCaptionFile } from '../../domain/caption-files.ts';
import {
  errorStatuses,
  isAbortError,
  PatternPivotError,
  toErrorRecord,
  type ErrorKind,
} from '../../domain/errors.ts';
import { readGlossary } from '../../domain/glossary-terms.ts';
import { assetIdOf, type LibraryAsset } from '../../domain/library.ts';
import { mainVideo } from '../../domain/media.ts';
import { describeMediaAddress, isMediaAddress } from '../../domain/media-address.ts';
import { done, skipped, type Outcome } from '../../domain/outcome.ts';
import type { Transcript } from '../../domain/transcript.ts';
import { finishGiven } from '../../stages/hear/finish-transcript.ts';
import { canonicalJson, type StageContext } from '../../stages/stage.ts';
import { runStep, type AddResult, type RecipeContext } from '../events.ts';
import { hearSource } from '../find-moments.ts';
import { hearCaptions } from '../hear-captions.ts';
import type { MakePorts } from '../make-request.ts';
import { readTextFile } from '../read-text.ts';
import type { AddItem } from './add-items.ts';
import { changeAsset, forgetTranscripts, readAsset, readTranscriptAt, writeTranscript } from './assets.ts';
import { describeSource, titleOfFile } from './describe-source.ts';
import type { Library } from './library.ts';
import { indexTranscript } from './rebuild.ts';

/** What is said of everything that is added. What is left out stays as it was, or as the file says. */
export type AddOptions = {
  /** Added to those that it has. */
  readonly tags: readonly string[];
  readonly channel?: string;
  readonly playlist?: string;
  readonly title?: string;
  /** ISO 8601. */
  readonly publishedAt?: string;
  /** BCP 47 tag. */
  readonly language?: string;
  readonly glossary: readonly string[];
  /** Whether the words of what is there already are made anew: another glossary, another language. */
  readonly isHeardAnew: boolean;
};

/** What adding needs from the world. */
export type AddPorts = Pick<MakePorts, 'openSource' | 'transcriber' | 'openSpeechDetector' | 'cache'> & {
  hashFile(path: string, context: StageContext): Promise<string>;
};

/** The longest caption file that is read, in bytes. */
const maxCaptionBytes = 64_000_000;

/** What became of everything, and the exit code that says the worst of it. */
export type AddOutcome = { readonly results: readonly AddResult[]; readonly exitCode: number };

/**
 * Adds things to a library, one after the other: found out who it is, heard, written down, indexed by its words. What fails or says nothing
 * doesn't stop the others. Killed at any moment, the library is whole, and the same command goes on.
 * @throws cancelled.*, input.not_writable
 */
export async function addToLibrary(
  library: Library,
  items: readonly AddItem[],
  options: AddOptions,
  ports: AddPorts,
  context: RecipeContext,
): Promise<AddOutcome> {
  if (!library.isWritable) {
    throw new PatternPivotError('input.not_writable', `The library can only be read: ${library.folder}`, {
      hint: 'Change the permissions, or choose another library with --library.',
      context: { folder: library.folder },
    });
  }
  const results: AddResult[] = [];
  for (const [index, item] of items.entries()) {
    const path = nameOf(item);
    context.emit({ event: 'source', path, index, count: items.length });
    const result = await addOrTell(library, item, path, options, ports, context);
    context.emit({ event: 'addResult', result });
    results.push(result);
  }
  const exitCode = Math.max(0, ...results.map(exitCodeOf));
  context.emit({ event: 'addFinished', exitCode, results });
  return { results, exitCode };
}

/** What is said of an item: its path, or its address without what may be secret. */
function nameOf({ path }: AddItem): string {
  return isMediaAddress(path) ? describeMediaAddress(path) : path;
}

function exitCodeOf(result: AddResult): number {
  if (result.status !== 'failed') return 0;
  return errorStatuses[result.error.code.split('.')[0] as ErrorKind].exitCode;
}

async function addOrTell(
  library: Library,
  item: AddItem,
  path: string,
  options: AddOptions,
  ports: AddPorts,
  context: RecipeContext,
): Promise<AddResult> {
  try {
    const outcome = await addOne(library, item, options, ports, context);
    return outcome.status === 'skipped' ? { ...outcome, path } : { ...outcome.value, path };
  } catch (error) {
    if (context.signal.aborted || isAbortError(error)) throw error;
    return { status: 'failed', path, error: toErrorRecord(error) };
  }
}

/** What is known of an item once it was read, and how its words are got. */
type ReadItem = Pick<
  LibraryAsset,
  'contentHash' | 'kind' | 'path' | 'address' | 'sizeBytes' | 'publishedAt'
> & {
  readonly ownTitle: string;
  /** How long the media are; words that were given end sooner. Undefined where there are no media. */
  readonly mediaMs: number | undefined;
  /** Whether the user gave the words: they count more than those that are there. */
  readonly hasGivenWords: boolean;
  hear(): Promise<Outcome<Transcript>>;
};

async function addOne(
  library: Library,
  item: AddItem,
  options: AddOptions,
  ports: AddPorts,
  context: RecipeContext,
): Promise<Outcome<{ status: 'added' | 'changed' | 'known'; asset: LibraryAsset }>> {
  const read = await (item.kind === 'captions'
    ? readCaptions(item.path, options, ports, context)
    : readMedia(item, options, ports, context));
  const id = assetIdOf(read.contentHash);
  const known = await readAsset(library, id);
  if (known !== undefined && known.contentHash !== read.contentHash) {
    throw new PatternPivotError(
      'conflict.asset_id',
      `Two different files have the id ${id}: ${known.path} and ${read.path}`,
      {
        hint: 'Put one of them into another library (--library).',
        context: { id },
      },
    );
  }
  const mayKeep = known !== undefined && !options.isHeardAnew && !read.hasGivenWords;
  const isKept = mayKeep && (await readTranscriptAt(library, known.transcriptKey)) !== undefined;
  const words = isKept ? undefined : await hearAndStore(library, read);
  if (words?.status === 'skipped') return words;
  const now = new Date().toISOString();
  context.signal.throwIfAborted();
  const { before, asset } = await changeAsset(library, id, (there) => {
    const next = describeAsset(read, words?.value, there, options, now);
    return there !== undefined && canonicalJson(there) === canonicalJson(next) ? there : next;
  });
  if (words !== undefined) {
    await runStep(context, 'index', () => indexTranscript(library, asset, words.value.transcript), {
      detail: (count) => (count === 1 ? '1 passage' : `${count} passages`),
    });
  }
  if (before === undefined) return done({ status: 'added', asset });
  if (before.transcriptKey !== asset.transcriptKey) await forgetTranscripts(library, before);
  return done({ status: before === asset ? 'known' : 'changed', asset });
}

/** The words of an asset, and where they are stored. */
type StoredWords = { readonly transcript: Transcript; readonly transcriptKey: string };

async function hearAndStore(library: Library, read: ReadItem): Promise<Outcome<StoredWords>> {
  const heard = await read.hear();
  if (heard.status === 'skipped') return heard;
  const transcript = heard.value;
  if (transcript.words.length === 0) return skipped('There is not a word in it.');
  // Before the record that names it: a record must never wait for its words.
  return done({ transcript, transcriptKey: await writeTranscript(library, transcript) });
}

async function readMedia(
  { path, captionsPath }: Extract<AddItem, { kind: 'media' }>,
  options: AddOptions,
  ports: AddPorts,
  context: RecipeContext,
): Promise<ReadItem> {
  const given = captionsPath === undefined ? undefined : await parseCaptions(captionsPath, options);
  const source = await runStep(context, 'read', (step) => ports.openSource(path, step));
  const { title, publishedAt } = describeSource(source, { now: new Date(), isFetched: isMediaAddress(path) });
  return {
    contentHash: source.contentHash,
    kind: mainVideo(source.info) === undefined ? 'audio' : 'video',
    path: source.path,
    address: isMediaAddress(path) ? describeMediaAddress(path) : undefined,
    sizeBytes: source.info.sizeBytes,
    publishedAt,
    ownTitle: title,
    mediaMs: Math.round(source.info.durationMs),
    hasGivenWords: given !== undefined,
    async hear() {
      const { glossary, language } = options;
      const about = { glossary, ...(language === undefined ? {} : { language }) };
      if (given !== undefined) return hearCaptions(source, given, about, ports, context);
      const heard = await hearSource(source, undefined, about, ports, context);
      return heard.status === 'done' ? done(heard.value.transcript) : heard;
    },
  };
}

async function readCaptions(
  path: string,
  options: AddOptions,
  ports: AddPorts,
  context: RecipeContext,
): Promise<ReadItem> {
  const [given, contentHash] = await runStep(context, 'read', async (step) => [
    await parseCaptions(path, options),
    await ports.hashFile(path, step),
  ]);
  const glossary = readGlossary(options.glossary);
  const language = options.language ?? given.language;
  return {
    contentHash,
    kind: 'transcript',
    path,
    address: undefined,
    sizeBytes: (await stat(path)).size,
    publishedAt: undefined,
    ownTitle: titleOfFile(path),
    mediaMs: undefined,
    hasGivenWords: false,
    hear: async () => done(finishGiven(given, given.speech, { glossary, language })),
  };
}

async function parseCaptions(path: string, { language }: AddOptions): Promise<Transcript> {
  const text = await readTextFile(path, { maxBytes: maxCaptionBytes });
  return parseCaptionFile(text, basename(path), language === undefined ? {} : { language });
}

/** The record of an asset: what was there before stays, unless the user or the file itself says something else now. */
function describeAsset(
  read: ReadItem,
  words: StoredWords | undefined,
  before: LibraryAsset | undefined,
  options: AddOptions,
  now: string,
): LibraryAsset {
  return dropUndefined({
    ...describeWords(words, before),
    ...(read.mediaMs === undefined ? {} : { durationMs: read.mediaMs }),
    version: 1,
    id: assetIdOf(read.contentHash),
    contentHash: read.contentHash,
    kind: read.kind,
    path: read.path,
    // The same file, this time from the disk: the address is of use all the same.
    address: read.address ?? before?.address,
    sizeBytes: read.sizeBytes,
    title: options.title ?? before?.title ?? read.ownTitle,
    addedAt: before?.addedAt ?? now,
    publishedAt: options.publishedAt ?? before?.publishedAt ?? read.publishedAt,
    channel: options.channel ?? before?.channel,
    playlist: options.playlist ?? before?.playlist,
    tags: joinTags(before?.tags ?? [], options.tags),
  });
}

type WordFields = Pick<
  LibraryAsset,
  'durationMs' | 'language' | 'speakers' | 'wordCount' | 'transcriptKey' | 'heardTranscriptKey'
>;

function describeWords(words: StoredWords | undefined, before: LibraryAsset | undefined): WordFields {
  if (words === undefined) {
    if (before !== undefined) return before;
    throw new PatternPivotError(
      'conflict.record_changed',
      'Another process removed it from the library meanwhile.',
      {
        retryable: true,
        hint: 'Run it again to add it anew.',
      },
    );
  }
  const { transcript, transcriptKey } = words;
  const speakers = new Set(
    transcript.words.flatMap(({ speaker }) => (speaker === undefined ? [] : [speaker])),
  );
  return {
    durationMs: transcript.durationMs,
    language: transcript.language,
    speakers: [...speakers],
    wordCount: transcript.words.length,
    transcriptKey,
    heardTranscriptKey: before?.transcriptKey === transcriptKey ? before.heardTranscriptKey : undefined,
  };
}

/** Records say nothing of what is not known: there is no undefined in JSON. */
function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}

/** Tags in the order in which they came, each once, whatever its case. */
function joinTags(before: readonly string[], more: readonly string[]): string[] {
  const joined = new Map(before.map((tag) => [tag.toLowerCase(), tag]));
  for (const tag of more) if (!joined.has(tag.toLowerCase())) joined.set(tag.toLowerCase(), tag);
  return [...joined.values()];
}

import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { openFolderBlobs } from '../src/adapters/blobs/folder.ts';
import { createCarriedEncoder } from '../src/adapters/embedder/carried.ts';
import { openSqliteFullText } from '../src/adapters/full-text/sqlite.ts';
import { openSqliteRecords } from '../src/adapters/records/sqlite.ts';
import { openIndexDatabase } from '../src/app/index-database.ts';
import { createStageCache } from '../src/app/stage-cache.ts';
import { parseCaptionFile } from '../src/domain/caption-files.ts';
import type { LibraryAsset, Passage } from '../src/domain/library.ts';
import { overlapMs, type TimeRange } from '../src/domain/time.ts';
import type { Embedder } from '../src/ports/embedder.ts';
import { changeAsset, writeTranscript } from '../src/recipes/library/assets.ts';
import { buildCorpus, wholeLibrary } from '../src/recipes/library/corpora.ts';
import { findPassages } from '../src/recipes/library/find.ts';
import type { Library } from '../src/recipes/library/library.ts';
import { createExactVectors } from '../test/fixtures/exact-vectors.ts';
import { recordingPath } from '../test/recordings.ts';

/**
 * Asks a library of 275 talks the questions of search-questions.json: `npm run bench -- search [--few] [--misses] [--cache <folder>]`.
 *
 * The library is made of captions alone. Questions were written from the transcripts before anything was tuned; half of them are held back:
 * nothing may be chosen by them. An answer counts when half of it lies in the right place, or half of the right place in it.
 *
 * - "MRR": the mean of 1 / rank of the first right answer, 0 where none of the first 10 is right.
 * - "recall@5": the share of questions with a right answer among the first 5.
 * - `--few`: only what the questions are about, as a first look. `--misses` lists what was not found by both together.
 * - `--cache`: a folder that keeps the vectors for the next run; then no rate is told.
 */
export async function run(args: string[]): Promise<void> {
  const data = recordingPath('audience');
  if (data === undefined) {
    console.log('Skipped: the recordings have no audience folder (set PATTERNPIVOT_RECORDINGS).');
    return;
  }
  const questions = questionsSchema.parse(
    JSON.parse(await readFile(new URL('search-questions.json', import.meta.url), 'utf8')),
  );
  const folder = await mkdtemp(join(tmpdir(), 'pivot-search-'));
  const cacheFolder = args.includes('--cache') ? args[args.indexOf('--cache') + 1] : undefined;
  const embedder = createCarriedEncoder();
  const library = await openTemporaryLibrary(folder);
  try {
    const wanted = args.includes('--few') ? new Set(questions.map(({ asset }) => asset)) : undefined;
    const captions = await fillLibrary(library, wanted);
    await report(library, embedder, questions, captions, {
      cacheFolder: cacheFolder ?? join(folder, 'cache'),
      isCached: cacheFolder !== undefined,
      showsMisses: args.includes('--misses'),
    });
  } finally {
    await embedder.close();
    await library.fullText.close();
    await library.records.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const rangeSchema = z.tuple([z.number(), z.number()]);

const questionsSchema = z.array(
  z.strictObject({
    query: z.string(),
    asset: z.string(),
    /** Where the answer is, in seconds, or in lines where the text has no times. */
    seconds: z.array(rangeSchema).optional(),
    lines: z.array(rangeSchema).optional(),
    held: z.boolean(),
  }),
);
type Question = z.infer<typeof questionsSchema>[number];

/** What was said in a recording: its words, and how to tell a place in it by ms. */
type Captioned = {
  readonly assetId: string;
  readonly lineStartsMs: readonly number[];
};

async function openTemporaryLibrary(folder: string): Promise<Library> {
  const vectors = createExactVectors();
  await mkdir(join(folder, 'index'));
  return {
    folder,
    isWritable: true,
    records: openSqliteRecords(join(folder, 'records.sqlite')).records,
    transcripts: await openFolderBlobs(join(folder, 'blobs')),
    fullText: openSqliteFullText(join(folder, 'index', 'full-text.sqlite')),
    chunking: { maxChars: 400, overlapSentences: 1 },
    openVectors: async () => vectors,
  };
}

const timedSchema = z.object({
  title: z.string(),
  transcript: z.array(z.object({ start: z.number(), text: z.string() })),
});
const untimedSchema = z.object({ title: z.string(), lines: z.array(z.string()) });

/** How long a word takes where a text has no times, in ms: 150 words a minute. */
const wordMs = 400;

/** Puts every transcript into the library, or those that are wanted. @returns what is known of each, by its path in the recordings */
async function fillLibrary(
  library: Library,
  wanted: ReadonlySet<string> | undefined,
): Promise<Map<string, Captioned>> {
  const paths = [
    ...(await listJson('audience/most-replayed')),
    ...(await listJson('audience/talks-laughter-applause')),
    'video/still-image-audiobook/manifesto.srt',
    'video/animated-film/english.vtt',
  ].filter((path) => wanted?.has(path) ?? true);
  const captions = new Map<string, Captioned>();
  for (const [index, path] of paths.entries()) {
    const file = recordingPath(path);
    if (file === undefined) continue;
    const text = await readFile(file, 'utf8');
    const { title, vtt, lineStartsMs } = path.endsWith('.json')
      ? toCaptions(JSON.parse(text))
      : { title: path, vtt: text, lineStartsMs: [] };
    const transcript = parseCaptionFile(vtt, path.endsWith('.srt') ? 'words.srt' : 'words.vtt');
    const assetId = index.toString(16).padStart(16, '0');
    const transcriptKey = await writeTranscript(library, transcript);
    await changeAsset(library, assetId, (): LibraryAsset => {
      return {
        version: 1,
        id: assetId,
        contentHash: `sha256:${assetId.padEnd(64, '0')}`,
        kind: 'transcript',
        path: file,
        sizeBytes: text.length,
        title,
        durationMs: transcript.durationMs,
        language: 'en',
        addedAt: '2026-01-01T00:00:00.000Z',
        tags: [],
        speakers: [],
        wordCount: transcript.words.length,
        transcriptKey,
      };
    });
    captions.set(path, { assetId, lineStartsMs });
  }
  return captions;
}

async function listJson(folder: string): Promise<string[]> {
  const path = recordingPath(folder);
  const names = path === undefined ? [] : await readdir(path);
  return names.filter((name) => name.endsWith('.json')).map((name) => `${folder}/${name}`);
}

/** A transcript as WebVTT, with the times that it has or with those of a steady speaker. */
function toCaptions(json: unknown): { title: string; vtt: string; lineStartsMs: number[] } {
  const timed = timedSchema.safeParse(json);
  const lines = timed.success
    ? timed.data.transcript.map(({ start, text }) => ({ startMs: start * 1000, text }))
    : paceLines(untimedSchema.parse(json).lines);
  const cues = lines.map(({ startMs, text }, index) => {
    const endMs = Math.max(startMs + 100, lines[index + 1]?.startMs ?? startMs + 4000);
    return `${formatTime(startMs)} --> ${formatTime(endMs)}\n${text.replaceAll(/\s+/gu, ' ').replaceAll('-->', '—')}\n`;
  });
  const { title } = timed.success ? timed.data : untimedSchema.parse(json);
  return {
    title: title.replaceAll('_', ' '),
    vtt: `WEBVTT\n\n${cues.join('\n')}`,
    lineStartsMs: lines.map(({ startMs }) => startMs),
  };
}

function paceLines(lines: readonly string[]): { startMs: number; text: string }[] {
  let atMs = 0;
  return lines.map((text) => {
    const startMs = atMs;
    atMs += text.split(/\s+/u).length * wordMs;
    return { startMs, text };
  });
}

function formatTime(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}

type ReportOptions = {
  readonly cacheFolder: string;
  readonly isCached: boolean;
  readonly showsMisses: boolean;
};

const ways = ['words', 'meaning', 'both'] as const;

async function report(
  library: Library,
  embedder: Embedder,
  questions: readonly Question[],
  captions: ReadonlyMap<string, Captioned>,
  { cacheFolder, isCached, showsMisses }: ReportOptions,
): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const index = openIndexDatabase(join(cacheFolder, 'index.sqlite'));
  const cache = createStageCache({
    blobs: await openFolderBlobs(join(cacheFolder, 'blobs')),
    index,
    temporaryFolder: join(cacheFolder, 'temporary'),
  });
  const context = { signal: new AbortController().signal, emit: () => {} };
  const ports = { embedder, cache };
  // The model loads when it is first used.
  await embedder.embed(['warm'], {});
  const startedAt = performance.now();
  const { corpus } = await buildCorpus(library, { name: wholeLibrary, isAnew: false }, ports, context);
  const seconds = (performance.now() - startedAt) / 1000;
  const rate = isCached
    ? ''
    : `, ${(corpus.chunkCount / seconds).toFixed(0)} chunks a second cut and embedded`;
  console.log(`${corpus.assetCount} transcripts, ${corpus.chunkCount} chunks, ${embedder.model}${rate}`);

  const ranks = new Map<string, { question: Question; rank: number }[]>();
  for (const by of ways) {
    const found: { question: Question; rank: number }[] = [];
    const began = performance.now();
    for (const question of questions) {
      const { passages } = await findPassages(
        library,
        { query: question.query, limit: 10, by },
        ports,
        context,
      );
      found.push({ question, rank: rankOf(question, passages, captions) });
    }
    ranks.set(by, found);
    console.log(`${by.padEnd(8)} ${((performance.now() - began) / questions.length).toFixed(1)} ms a query`);
  }
  index.close();
  console.log(
    `\n                 ${questions.filter(({ held }) => !held).length} tuned             ${questions.filter(({ held }) => held).length} held back`,
  );
  console.log('                 MRR   recall@5     MRR   recall@5');
  for (const by of ways) {
    const cells = [false, true].map((held) => {
      const own = (ranks.get(by) ?? []).filter(({ question }) => question.held === held);
      const mrr = own.reduce((sum, { rank }) => sum + 1 / rank, 0) / own.length;
      const recall = own.filter(({ rank }) => rank <= 5).length / own.length;
      return `${mrr.toFixed(3)}    ${recall.toFixed(3)}`;
    });
    console.log(`${by.padEnd(14)} ${cells.map((cell) => cell.padStart(8)).join('     ')}`);
  }
  if (!showsMisses) return;
  // What is held back stays unread.
  for (const { question, rank } of (ranks.get('both') ?? []).filter(({ question: { held } }) => !held)) {
    const own = (by: string) => ranks.get(by)?.find((each) => each.question === question)?.rank ?? Infinity;
    if (rank > 1)
      console.log(`${rank} (words ${own('words')}, meaning ${own('meaning')})  ${question.query}`);
  }
}

/** The rank of the first right answer, from 1; Infinity where there is none. */
function rankOf(
  { asset, seconds = [], lines = [] }: Question,
  passages: readonly Passage[],
  captions: ReadonlyMap<string, Captioned>,
): number {
  const captioned = captions.get(asset);
  if (captioned === undefined) return Infinity;
  const { assetId, lineStartsMs } = captioned;
  const answers: TimeRange[] = [
    ...seconds.map(([from, to]) => ({ startMs: from * 1000, endMs: to * 1000 })),
    ...lines.map(([from, to]) => ({
      startMs: lineStartsMs[from] ?? 0,
      endMs: lineStartsMs[to + 1] ?? Infinity,
    })),
  ];
  const index = passages.findIndex(
    (passage) => passage.assetId === assetId && answers.some((answer) => isRight(passage, answer)),
  );
  return index === -1 ? Infinity : index + 1;
}

function isRight(passage: TimeRange, answer: TimeRange): boolean {
  const shared = overlapMs(passage, answer);
  const least = Math.min(passage.endMs - passage.startMs, answer.endMs - answer.startMs);
  return shared > 0 && shared * 2 >= least;
}

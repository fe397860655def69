import { isAbortError, PatternPivotError } from '../../domain/errors.ts';
import type { AssetSelection, LibraryAsset } from '../../domain/library.ts';
import type { Moment } from '../../domain/moment.ts';
import type { Transcript } from '../../domain/transcript.ts';
import { creditSources } from '../../stages/remix/credit.ts';
import { cutOccurrences } from '../../stages/remix/cut-occurrences.ts';
import type { Occurrence, WordPattern } from '../../stages/remix/find-words.ts';
import { assertRoom, assertWritable } from '../disk-room.ts';
import { estimateJob } from '../estimate.ts';
import { runStep, type FoundWords, type MadeClip, type RecipeContext } from '../events.ts';
import { finishClip } from '../finish-clip.ts';
import type { MakeOptions } from '../make-request.ts';
import { openOutputFolder } from '../output-folder.ts';
import { clipNameFor } from '../output-names.ts';
import { listAssets, readTranscriptAt } from './assets.ts';
import { planFilm, type FilmPart } from './film.ts';
import type { Library } from './library.ts';
import { locateAsset } from './locate.ts';
import type { RemixPorts } from './remix.ts';

/** What is looked for, and in what. */
export type GrepOptions = {
  readonly pattern: WordPattern;
  readonly selection: AssetSelection;
  /** At most so many occurrences, in all. */
  readonly limit: number;
  /** So many words of context on each side. */
  readonly around: number;
};

/** Where a pattern was found in one asset. */
export type GrepHit = {
  readonly asset: LibraryAsset;
  readonly transcript: Transcript;
  readonly occurrences: readonly Occurrence[];
};

/** What was found, the oldest asset first, and whether there is more than was asked for. */
export type GrepResult = { readonly hits: readonly GrepHit[]; readonly isMore: boolean };

/**
 * Looks for a regular expression in the words of every transcript of a library, word for word. Assets go by when they were published, else
 * added, so that a film of all occurrences tells how somebody came to say it.
 */
export async function grepLibrary(
  library: Pick<Library, 'records' | 'transcripts'>,
  { pattern, selection, limit, around }: GrepOptions,
  context: RecipeContext,
): Promise<GrepResult> {
  const assets: LibraryAsset[] = [];
  for await (const asset of listAssets(library, selection)) assets.push(asset);
  const dateOf = ({ publishedAt, addedAt }: LibraryAsset) => Date.parse(publishedAt ?? addedAt);
  assets.sort((one, other) => dateOf(one) - dateOf(other) || (one.id < other.id ? -1 : 1));
  const hits: GrepHit[] = [];
  let found = 0;
  for (const asset of assets) {
    context.signal.throwIfAborted();
    const transcript = await readTranscriptAt(library, asset.transcriptKey);
    if (transcript === undefined) {
      context.emit({ event: 'note', text: `The transcript of "${asset.title}" is gone or damaged.` });
      continue;
    }
    // One more than asked for tells whether there is more.
    const occurrences = pattern.find(transcript, { limit: limit - found + 1, around });
    const kept = occurrences.slice(0, limit - found);
    if (kept.length > 0) hits.push({ asset, transcript, occurrences: kept });
    found += kept.length;
    if (kept.length < occurrences.length) return { hits, isMore: true };
  }
  return { hits, isMore: false };
}

/** What was found as plain data, for JSON and for a table. */
export function listFound({ hits }: GrepResult): FoundWords[] {
  return hits.flatMap(({ asset, occurrences }) =>
    occurrences.map(({ startMs, endMs, text, before, after }): FoundWords => {
      const { id: assetId, title, path } = asset;
      return { assetId, title, path, startMs, endMs, text, before, after };
    }),
  );
}

/** What a user may ask of a supercut. */
export type SupercutOptions = Pick<MakeOptions, 'outFolder' | 'plan' | 'hasCoverTitle' | 'isPreview'> & {
  /** The pattern as it was written. */
  readonly pattern: string;
};

/** More cuts than this are no short any more, and as many decoders at once. */
const maxCuts = 200;

/**
 * Cuts every occurrence with a little air around it and puts them one after the other into one film. A source whose media is missing is
 * left out with a note.
 * @throws not_found.words when there is none that can be cut, input.too_many_cuts, tool.*, cancelled.*
 */
export async function makeSupercut(
  library: Library,
  found: GrepResult,
  options: SupercutOptions,
  ports: RemixPorts,
  context: RecipeContext,
): Promise<MadeClip> {
  const { pattern, plan, isPreview } = options;
  const cuts = found.hits.flatMap(({ asset, transcript, occurrences }) =>
    cutOccurrences(occurrences, transcript).map((moment) => ({ asset, transcript, moment })),
  );
  if (cuts.length === 0) {
    throw new PatternPivotError('not_found.words', `Nobody says ${JSON.stringify(pattern)} in the library.`, {
      hint: 'Look without --supercut what there is, or write another pattern.',
    });
  }
  if (cuts.length > maxCuts) {
    throw new PatternPivotError(
      'input.too_many_cuts',
      `${cuts.length} cuts are more than one film can be made of; at most ${maxCuts} are.`,
      { hint: `Ask for fewer: --limit ${maxCuts}`, context: { cuts: cuts.length } },
    );
  }
  await assertWritable(options.outFolder);
  const parts = await openParts(library, cuts, ports, context);
  const clipsMs = parts.reduce((sum, { moment }) => sum + moment.endMs - moment.startMs, 0);
  const { info } = parts[0]!.source;
  const needed = estimateJob({ info, hearMs: 0, clipsMs, isPreview });
  await assertRoom([options.outFolder, ports.workspaceFolder], needed.diskBytes);
  const title = `“${pattern.slice(0, 60)}”`;
  const sources = new Set(parts.map(({ asset }) => asset.id)).size;
  const about = `Every time that ${title} is said: ${parts.length} cuts of ${sources === 1 ? 'one source' : `${sources} sources`}.`;
  // Air between words is what the cuts are made of: there is none to take out.
  const film = await planFilm(
    { title, parts, metadata: { supercut: { pattern } }, plan: { ...plan, tighten: 'off', punchIn: 'off' } },
    ports,
    context,
  );
  const post = creditSources(
    { title, about, score: 1, reasons: [], chosenBy: 'you' },
    film.sources,
    found.hits.flatMap(({ transcript }) => transcript.sentences.map(({ text }) => text)),
  );
  const folder = await openOutputFolder(options.outFolder, 'make');
  try {
    const name = clipNameFor(1, `supercut ${pattern.replaceAll(/\\[a-zA-Z]/gu, ' ')}`);
    const planned = { name, moment: parts[0]!.moment, timeline: film.timeline };
    const { clip } = await finishClip(planned, post, folder, options, ports, context);
    context.emit({ event: 'clip', clip });
    return clip;
  } finally {
    await folder.close();
  }
}

async function openParts(
  library: Library,
  cuts: readonly { asset: LibraryAsset; transcript: Transcript; moment: Moment }[],
  ports: RemixPorts,
  context: RecipeContext,
): Promise<FilmPart[]> {
  const parts = await runStep(context, 'read', async (step) => {
    const opened: FilmPart[] = [];
    for (const own of Map.groupBy(cuts, ({ asset }) => asset.id).values()) {
      const { asset } = own[0]!;
      try {
        const { path } = await locateAsset(library, asset, ports, step);
        const source = await ports.openSource(path, step);
        for (const { transcript, moment } of own) {
          opened.push({ asset, source, transcript, moment, why: 'Matches the pattern.' });
        }
      } catch (error) {
        if (isAbortError(error) || !(error instanceof PatternPivotError)) throw error;
        context.emit({ event: 'note', text: `"${asset.title}" is left out: ${error.message}` });
      }
    }
    return opened;
  });
  if (parts.length > 0) return parts;
  throw new PatternPivotError('not_found.media', 'None of the sources that say it can be cut.', {
    hint: 'Put the media back where they were, or add them from where they are: pivot add <files>',
  });
}

import { join } from 'node:path';
import { isAbortError, PatternPivotError } from '../../domain/errors.ts';
import type { LibraryAsset, Passage } from '../../domain/library.ts';
import type { Moment } from '../../domain/moment.ts';
import type { Source } from '../../domain/source.ts';
import type { Transcript } from '../../domain/transcript.ts';
import { composeRemix, sharedShare, type ComposedRemix } from '../../stages/remix/compose-remix.ts';
import { creditSources } from '../../stages/remix/credit.ts';
import { gatherFromSource } from '../../stages/remix/gather-candidates.ts';
import type { RemixCandidate, RemixPart } from '../../stages/remix/part.ts';
import { writeTitle } from '../../stages/shortlist/title.ts';
import { assertRoom, assertWritable } from '../disk-room.ts';
import { estimateJob } from '../estimate.ts';
import { runStep, type MadeClip, type PlannedRemix, type RecipeContext } from '../events.ts';
import { finishClip } from '../finish-clip.ts';
import type { MakeOptions, MakePorts } from '../make-request.ts';
import { openOutputFolder } from '../output-folder.ts';
import { clipNameFor, folderNameFor } from '../output-names.ts';
import { readAsset, readAssetTranscript } from './assets.ts';
import { planFilm, type FilmPart } from './film.ts';
import type { Library } from './library.ts';
import { locateAsset, type LocatePorts } from './locate.ts';

/** What a user may ask of `remix`. */
export type RemixOptions = Pick<
  MakeOptions,
  'outFolder' | 'plan' | 'hasCoverTitle' | 'isPreview' | 'isDryRun'
> & {
  readonly topic: string;
  readonly lengthMs: number;
  /** 0: the best there is; others give other choices. Variant n has the seed `seed` + n. */
  readonly seed: number;
  readonly variants: number;
};

/** What `remix` needs from the world. */
export type RemixPorts = MakePorts & LocatePorts;

/** What was made, and where. */
export type RemixResult = {
  readonly folder: string;
  readonly remixes: readonly { readonly planned: PlannedRemix; readonly clip: MadeClip | undefined }[];
};

/** How long a part may be, in ms; a short remix has shorter parts. */
const minPartMs = 2500;
const maxPartMs = 16_000;

/** The best sources only: each one more is read, embedded and weighed. */
const maxSources = 12;

/** Where no stretch is nearer to the topic than this, 0 to 1, nothing is about it. */
const leastNearness = 0.15;

/** Variants that share more than this of what they play are hardly two. */
const alikeShare = 0.5;

/** A source that can be cut, with what was found in it. */
type UsableSource = {
  readonly asset: LibraryAsset;
  readonly source: Source;
  readonly transcript: Transcript;
  readonly passages: readonly Passage[];
};

/**
 * Makes shorts out of the best moments of several videos on one topic: an opening hook, a build without repetition, a payoff.
 * `passages`: what a search for the topic found, best first. A source whose media is missing is left out with a note.
 * @throws not_found.passages when nothing of it can be cut, input.*, tool.*, cancelled.*
 */
export async function remix(
  library: Library,
  passages: readonly Passage[],
  options: RemixOptions,
  ports: RemixPorts,
  context: RecipeContext,
): Promise<RemixResult> {
  const { topic, isDryRun } = options;
  const folderPath = join(options.outFolder, folderNameFor(`${topic.slice(0, 80).replaceAll('/', ' ')}.x`));
  if (!isDryRun) await assertWritable(options.outFolder);
  const usable = await openSources(library, passages, topic, ports, context);
  const candidates = await gather(usable, options, ports, context);
  await ports.embedder.close();
  // A search by meaning finds what is nearest, however far that is.
  if (!candidates.some(({ nearness }) => nearness >= leastNearness)) throw nothingAbout(topic);
  const chosen = await runStep(context, 'choose', async () => chooseVariants(candidates, options), {
    detail: (remixes) => `${remixes.reduce((sum, { parts }) => sum + parts.length, 0)} parts`,
  });
  if (chosen.length === 0) {
    throw new PatternPivotError(
      'not_found.passages',
      `Nothing that was found about "${topic}" is a whole thought of at most ${maxPartMs / 1000} s.`,
      { hint: 'Try other words, or look with pivot find what there is.', context: { topic } },
    );
  }
  const plans = chosen.map((one) => describeRemix(one, usable, chosen, topic));
  for (const { planned } of plans) context.emit({ event: 'remix', remix: planned });
  if (isDryRun)
    return { folder: folderPath, remixes: plans.map(({ planned }) => ({ planned, clip: undefined })) };
  const clips = await renderAll(plans, folderPath, options, ports, context);
  return {
    folder: folderPath,
    remixes: plans.map(({ planned }, index) => ({ planned, clip: clips[index] })),
  };
}

function nothingAbout(topic: string): PatternPivotError {
  return new PatternPivotError('not_found.passages', `Nothing in the library is about "${topic}".`, {
    hint: 'Try other words; pivot list shows what is in it.',
    context: { topic },
  });
}

async function openSources(
  library: Library,
  passages: readonly Passage[],
  topic: string,
  ports: RemixPorts,
  context: RecipeContext,
): Promise<UsableSource[]> {
  const byAsset = [...Map.groupBy(passages, ({ assetId }) => assetId)].slice(0, maxSources);
  if (byAsset.length === 0) {
    throw nothingAbout(topic);
  }
  const opened = await runStep(
    context,
    'read',
    async (step) => {
      const usable: UsableSource[] = [];
      for (const [assetId, own] of byAsset) {
        const asset = await readAsset(library, assetId);
        if (asset === undefined) continue;
        try {
          const transcript = await readAssetTranscript(library, asset);
          const { path } = await locateAsset(library, asset, ports, step);
          usable.push({ asset, transcript, passages: own, source: await ports.openSource(path, step) });
        } catch (error) {
          if (isAbortError(error) || !(error instanceof PatternPivotError)) throw error;
          context.emit({ event: 'note', text: `"${asset.title}" is left out: ${error.message}` });
        }
      }
      return usable;
    },
    { detail: (usable) => (usable.length === 1 ? '1 source' : `${usable.length} sources`) },
  );
  if (opened.length > 0) return opened;
  throw new PatternPivotError('not_found.media', 'None of the sources that were found can be cut.', {
    hint: 'Put the media back where they were, or add them from where they are: pivot add <files>',
    context: { topic },
  });
}

function gather(
  usable: readonly UsableSource[],
  { topic, lengthMs, plan }: RemixOptions,
  ports: Pick<MakePorts, 'embedder' | 'cache'>,
  context: RecipeContext,
): Promise<RemixCandidate[]> {
  const bounds = { minPartMs: Math.min(minPartMs, lengthMs / 3), maxPartMs: Math.min(maxPartMs, lengthMs) };
  const wish = { topic, tighten: plan.tighten ?? ('off' as const), ...bounds };
  return runStep(
    context,
    'shortlist',
    async (step) => {
      const candidates: RemixCandidate[] = [];
      for (const { asset, transcript, passages } of usable) {
        candidates.push(
          ...(await gatherFromSource({ assetId: asset.id, transcript, passages }, wish, ports, step)),
        );
      }
      return candidates;
    },
    { detail: (candidates) => `${candidates.length} candidates` },
  );
}

type Chosen = ComposedRemix & { readonly seed: number };

function chooseVariants(
  candidates: readonly RemixCandidate[],
  { lengthMs, seed, variants }: RemixOptions,
): Chosen[] {
  const chosen: Chosen[] = [];
  for (let variant = 0; variant < variants; variant++) {
    const earlier = chosen.map(({ parts }) => parts);
    const own = composeRemix(candidates, { lengthMs, seed: seed + variant, earlier });
    if (own !== undefined) chosen.push({ ...own, seed: seed + variant });
  }
  return chosen;
}

type RemixPlan = {
  readonly planned: PlannedRemix;
  readonly parts: readonly FilmPart[];
  readonly order: string;
};

function describeRemix(
  { parts, playMs, notes, seed }: Chosen,
  usable: readonly UsableSource[],
  all: readonly Chosen[],
  topic: string,
): RemixPlan {
  const title = writeTitle([parts[0]?.candidate.text ?? topic]);
  const filmParts = parts.map((part) => toFilmPart(part, usable));
  const earlier = all.filter((other) => other.seed < seed);
  const shares = earlier.map((other) => sharedShare(other.parts, parts));
  const shared = shares.length === 0 ? undefined : Math.round(Math.max(...shares) * 100) / 100;
  const planned: PlannedRemix = {
    name: clipNameFor(seed + 1, title),
    title,
    seed,
    playMs,
    ...(shared === undefined ? {} : { sharedShare: shared }),
    parts: filmParts.map(({ asset, moment, role, why }) => ({
      role: role ?? 'build',
      why,
      assetId: asset.id,
      title: asset.title,
      startMs: moment.startMs,
      endMs: moment.endMs,
      text: moment.text,
    })),
    notes: [
      ...notes,
      ...(shared !== undefined && shared > alikeShare
        ? [
            `${Math.round(shared * 100)} % of it is heard in another variant: there is too little on the topic for more.`,
          ]
        : []),
    ],
  };
  return { planned, parts: filmParts, order: describeOrder(parts, usable) };
}

function toFilmPart({ role, why, candidate }: RemixPart, usable: readonly UsableSource[]): FilmPart {
  const own = usable.find(({ asset }) => asset.id === candidate.assetId);
  if (own === undefined) throw new Error(`No source ${candidate.assetId} was opened.`);
  const { startMs, endMs, sentenceStart, sentenceEnd, text } = candidate;
  const moment: Moment = {
    startMs,
    endMs,
    sentenceStart,
    sentenceEnd,
    text,
    title: writeTitle([text]),
    score: Math.max(0, Math.min(1, candidate.scores[role])),
    reasons: [...candidate.allReasons],
    chosenBy: 'the words alone',
  };
  return { asset: own.asset, source: own.source, transcript: own.transcript, moment, role, why };
}

/** How the film is told, in one sentence. */
function describeOrder(parts: readonly RemixPart[], usable: readonly UsableSource[]): string {
  const titleOf = ({ candidate }: RemixPart) =>
    `“${usable.find(({ asset }) => asset.id === candidate.assetId)?.asset.title ?? ''}”`;
  const sources = new Set(parts.map(({ candidate }) => candidate.assetId)).size;
  const first = parts[0];
  const last = parts.at(-1);
  if (first === undefined || last === undefined || parts.length === 1) return 'One moment that stands alone.';
  const between = parts.length - 2;
  const middle =
    between === 0
      ? ''
      : `, goes on through ${between === 1 ? 'another moment' : `${between} moments that do not repeat each other`}`;
  return `Made of ${parts.length} moments of ${sources === 1 ? 'one source' : `${sources} sources`}: it opens with ${titleOf(first)}${middle}, and ends on ${titleOf(last)}.`;
}

async function renderAll(
  plans: readonly RemixPlan[],
  folderPath: string,
  options: RemixOptions,
  ports: RemixPorts,
  context: RecipeContext,
): Promise<MadeClip[]> {
  const { topic, isPreview } = options;
  const clipsMs = plans.reduce((sum, { planned }) => sum + planned.playMs, 0);
  const { info } = plans[0]!.parts[0]!.source;
  const needed = estimateJob({ info, hearMs: 0, clipsMs, isPreview });
  await assertRoom([options.outFolder, ports.workspaceFolder], needed.diskBytes);
  const folder = await openOutputFolder(folderPath, 'make');
  const clips: MadeClip[] = [];
  try {
    for (const { planned, parts, order } of plans) {
      const { title, name, seed } = planned;
      const metadata = { remix: { topic, seed, order, notes: planned.notes } };
      const film = await planFilm({ title, parts, metadata, plan: options.plan }, ports, context);
      const first = parts[0]!.moment;
      const post = creditSources(
        { title, about: order, score: first.score, reasons: first.reasons, chosenBy: first.chosenBy },
        film.sources,
        [...new Set(parts.map(({ transcript }) => transcript))].flatMap(({ sentences }) =>
          sentences.map(({ text }) => text),
        ),
      );
      const finished = await finishClip(
        { name, timeline: film.timeline },
        post,
        folder,
        options,
        ports,
        context,
      );
      clips.push(finished.clip);
      context.emit({ event: 'clip', clip: finished.clip });
    }
  } finally {
    await folder.close();
  }
  return clips;
}

import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseCaptionFile } from '../../domain/caption-files.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { makeGateReport, type GateFinding, type GateReport, type Overrule } from '../../domain/gate.ts';
import type { PlatformName } from '../../domain/platforms.ts';
import type { CheckReport } from '../../domain/rendition.ts';
import type { Source } from '../../domain/source.ts';
import type { Records } from '../../ports/records.ts';
import { judgeCaptionFile, judgeCaptionPlace } from '../../stages/gate/caption-findings.ts';
import { judgeMeasured } from '../../stages/gate/check-findings.ts';
import { judgeCover } from '../../stages/gate/cover-findings.ts';
import { canLevel } from '../../stages/gate/level-film.ts';
import { judgeFile, judgeStreams } from '../../stages/gate/platform-findings.ts';
import { judgeRights } from '../../stages/gate/rights-findings.ts';
import { judgeTexts, judgeWording } from '../../stages/gate/text-findings.ts';
import { hashTimeline } from '../../stages/vary/vary.ts';
import { runStep, type RecipeContext } from '../events.ts';
import type { MakePorts } from '../make-request.ts';
import type { FoundFilm } from '../queue/films.ts';
import { pathOf, titleOf, type Papers } from '../queue/papers.ts';
import { readTextFile } from '../read-text.ts';
import { check } from '../steps.ts';
import { findDuplicates, takePrints, type PrintedFilm } from './prints.ts';

/** What a user allows, whatever platforms do. */
export type GateRules = {
  /** Words that no text of theirs may have; a `*` at the end stands for any ending. */
  readonly bannedWords: readonly string[];
  /** Whether the channel earns money. */
  readonly isCommercial: boolean;
};

/** How a clip is judged. */
export type JudgeOptions = {
  readonly platforms: readonly PlatformName[];
  readonly rules: GateRules;
  /** Default: as its post says, else as its file is called. */
  readonly title?: string | undefined;
  /** Default: as its post says. */
  readonly isMarkedSynthetic?: boolean | undefined;
  /** What it is a variation of; default: as its post says. */
  readonly variation?: PrintedFilm['variation'];
  readonly overruled: readonly Overrule[];
};

/** What judging takes from the world. */
export type JudgePorts = Pick<MakePorts, 'openSource' | 'transcriber' | 'openSpeechDetector' | 'cache'> & {
  /** Where films go that it is compared with; without a library it is compared with none. */
  readonly queue?: { readonly records: Records; readonly targets: readonly string[] } | undefined;
};

/** A clip that was judged. */
export type JudgedClip = {
  readonly report: GateReport;
  readonly measured: CheckReport;
  /** To be kept when it enters the queue. */
  readonly printed: PrintedFilm;
  /** What was not looked at, and why. */
  readonly notes: readonly string[];
};

/** A file of captions is never larger than this, in bytes. */
const maxCaptionBytes = 16_000_000;

/**
 * The gate: measures a finished film once, reads its papers, and says everything that speaks against publishing it.
 * @throws input.* when the film or its papers cannot be read
 */
export async function judgeClip(
  film: FoundFilm,
  papers: Papers & { readonly findings?: readonly GateFinding[] },
  options: JudgeOptions,
  ports: JudgePorts,
  context: RecipeContext,
): Promise<JudgedClip> {
  const { platforms, rules, overruled } = options;
  const { post, timeline } = papers;
  const path = pathOf(film, 'film') ?? film.folder;
  const source = await runStep(context, 'read', (step) => ports.openSource(path, step));
  const measured = await check(path, timeline, ports, context);
  const texts = {
    title: options.title ?? titleOf(papers, film),
    description: post?.description ?? '',
    tags: post?.tags ?? [],
  };
  const printed: PrintedFilm = {
    ...(await runStep(context, 'compare', (step) => takePrints(source, ports, step))),
    contentHash: source.contentHash,
    title: texts.title,
    variation: options.variation ?? post?.variation,
    clipHash: timeline === undefined ? undefined : hashTimeline(timeline),
  };
  const judged: GateFinding[] = [
    ...judgeMeasured(measured, timeline),
    ...judgeStreams(source.info),
    ...judgeWording(texts, measured.heard, rules.bannedWords),
    ...judgeRights({
      timeline,
      post,
      isCommercial: rules.isCommercial,
      isMarkedSynthetic: options.isMarkedSynthetic ?? post?.containsSyntheticMedia === true,
    }),
    ...(await judgeCaptions(film, source, measured)),
    ...(await judgeCoverOf(film, platforms)),
    ...platforms.flatMap((platform) => [
      ...judgeFile(source.info, platform),
      ...judgeTexts(texts, platform),
      ...(timeline === undefined ? [] : judgeCaptionPlace(timeline, platform)),
    ]),
    ...(ports.queue === undefined
      ? []
      : await findDuplicates(printed, ports.queue.records, ports.queue.targets, context.signal)),
  ];
  // What a platform says of a text it says better.
  const ofForm = (papers.findings ?? []).filter(({ rule }) => judged.every((one) => one.rule !== rule));
  const findings = [...ofForm, ...judged];
  const notes = [
    ...(ports.queue === undefined
      ? ['It is compared with nothing that was published: there is no library.']
      : []),
    ...(timeline === undefined
      ? ['There is no timeline beside it: its captions are not held against what is heard.']
      : []),
  ];
  return {
    report: makeGateReport(
      source.contentHash,
      platforms,
      findings.map((finding) => withoutVainFix(finding, timeline, source)),
      overruled,
    ),
    measured,
    printed,
    notes,
  };
}

/** What can only be made again from a timeline is not offered where there is none, nor levelling what cannot be put together again. */
function withoutVainFix(finding: GateFinding, timeline: Papers['timeline'], source: Source): GateFinding {
  const { fix, ...rest } = finding;
  const isVain =
    fix === 'render' || fix === 'captions' ? timeline === undefined : fix === 'loudness' && !canLevel(source);
  return isVain ? rest : finding;
}

/** The file of captions that is published with it. */
async function judgeCaptions(
  film: FoundFilm,
  { info }: Source,
  { heard }: CheckReport,
): Promise<GateFinding[]> {
  const path = pathOf(film, 'captions');
  if (path === undefined) return [];
  const name = basename(path);
  try {
    const { words } = parseCaptionFile(await readTextFile(path, { maxBytes: maxCaptionBytes }), name);
    return judgeCaptionFile(name, words, { durationMs: info.durationMs, heard });
  } catch (error) {
    if (!(error instanceof PatternPivotError) || error.kind !== 'input') throw error;
    return [
      {
        rule: 'caption_file_unreadable',
        severity: 'stops',
        text: error.message,
        mend: 'Make it anew from the film (pivot transcribe), or move it away.',
        fix: 'captions',
      },
    ];
  }
}

/** So much of a picture's file tells what it is, in bytes. */
const coverHeadBytes = 262_144;

/** The picture that stands for it. */
async function judgeCoverOf(film: FoundFilm, platforms: readonly PlatformName[]): Promise<GateFinding[]> {
  const path = pathOf(film, 'cover');
  if (path === undefined) return [];
  return withFileErrors(path, async () => {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const head = Buffer.alloc(Math.min(size, coverHeadBytes));
      await file.read(head, 0, head.length, 0);
      return judgeCover(basename(path), head, size, platforms);
    } finally {
      await file.close();
    }
  });
}

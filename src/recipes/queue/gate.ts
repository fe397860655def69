import { makeGateReport, type GateFinding, type GateReport, type Overrule } from '../../domain/gate.ts';
import { platformNames, type PlatformName } from '../../domain/platforms.ts';
import type { QueueItem } from '../../domain/queue.ts';
import type { Records } from '../../ports/records.ts';
import type { RecipeContext } from '../events.ts';
import { judgeClip, type GateRules, type JudgePorts } from '../gate/judge-clip.ts';
import { mergeOverrules, readOverrules } from '../gate/overrules.ts';
import { keepPrints } from '../gate/prints.ts';
import type { Papers } from './papers.ts';

/** A film that wants to enter the queue. */
export type GateSubject = Pick<QueueItem, 'contentHash' | 'folder' | 'files' | 'variation'> &
  Papers & {
    readonly target: string;
    readonly title: string;
    /** Whether it will be marked as holding synthetic media. */
    readonly isMarkedSynthetic: boolean;
    readonly overruled: readonly Overrule[];
    /** Nothing is written: its fingerprints are not kept. */
    readonly isDryRun: boolean;
  };

/** What lets a film into the queue, or does not, and says why. */
export type Gate = (subject: GateSubject, context: RecipeContext) => Promise<GateReport>;

/** What the full gate takes from the world, and what the user allows. */
export type GatePorts = Omit<JudgePorts, 'queue'> & {
  readonly records: Records;
  /** Every target that films may have in this queue. */
  readonly targets: readonly string[];
  /** What the user allows; asked when the first film comes. */
  readRules(): Promise<GateRules>;
  now(): Date;
};

/** The gate that `pivot check` is, for the platforms of a target; what a person overruled beside the film counts. */
export function createGate({ records, targets, readRules, now, ...ports }: GatePorts): Gate {
  return async (subject, context) => {
    const { target, title, isMarkedSynthetic, variation, contentHash } = subject;
    const { overruled: beside } = await readOverrules(subject, contentHash);
    const overruled = mergeOverrules(beside, subject.overruled);
    const platforms = platformsOf(target);
    const rules = await readRules();
    const options = { platforms, rules, title, isMarkedSynthetic, variation, overruled };
    const judgePorts = { ...ports, queue: { records, targets } };
    const { report, printed } = await judgeClip(subject, subject, options, judgePorts, context);
    const findings = report.findings.flatMap((finding) => fitToTarget(finding, target));
    const fitted = makeGateReport(report.contentHash, platforms, findings, overruled);
    if (fitted.status === 'passed' && !subject.isDryRun) await keepPrints(printed, records, now());
    return fitted;
  };
}

/** Whose rules count: a webhook's receiver has its own. */
function platformsOf(target: string): readonly PlatformName[] {
  if (target === 'youtube') return ['shorts'];
  if (target === 'instagram') return ['reels'];
  return target === 'kits' ? platformNames : [];
}

/** What only one of several platforms refuses stops no kit, and what is no short is a video. */
function fitToTarget(finding: GateFinding, target: string): GateFinding[] {
  const { rule, platform } = finding;
  if (platform === undefined || rule === 'title_missing') return [finding];
  if (target === 'youtube' && (rule === 'shape' || rule === 'too_long')) {
    return [
      { ...finding, severity: 'warns', text: `${finding.text} YouTube takes it as an ordinary video.` },
    ];
  }
  // Texts are cut to the lengths that each platform takes.
  const isCut = ['title_length', 'description_length', 'tags_length'].includes(rule);
  if (target === 'instagram' && isCut)
    return [{ ...finding, severity: 'warns', text: `${finding.text} It is cut.` }];
  if (target !== 'kits') return [finding];
  return isCut ? [] : [{ ...finding, severity: 'warns', text: `${finding.text} Post it elsewhere.` }];
}

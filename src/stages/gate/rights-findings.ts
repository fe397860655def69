import type { GateFinding } from '../../domain/gate.ts';
import type { Post } from '../../domain/post.ts';
import type { Provenance } from '../../domain/provenance.ts';
import type { Timeline } from '../../domain/timeline.ts';

/** Whose everything in a film is, whether it may earn money, and whether what is made up is marked. Pure. */

/** What the rights of a film are judged by. */
export type RightsFacts = {
  readonly timeline: Timeline | undefined;
  readonly post: Post | undefined;
  /** Whether the channel earns money. */
  readonly isCommercial: boolean;
  /** Whether it will be marked as holding synthetic media. */
  readonly isMarkedSynthetic: boolean;
};

/** Licences, credits and the mark of synthetic media. */
export function judgeRights({ timeline, post, isCommercial, isMarkedSynthetic }: RightsFacts): GateFinding[] {
  const findings: GateFinding[] = [];
  const made = provenanceOf(timeline);
  const forbidden = made.filter(({ mayEarnMoney }) => !mayEarnMoney);
  if (forbidden.length > 0) {
    const list = [
      ...new Set(forbidden.map(({ kind, madeBy, licence }) => `${kind} by ${madeBy} (${licence})`)),
    ];
    findings.push({
      rule: 'licence',
      severity: isCommercial ? 'stops' : 'warns',
      text: `It may not earn money: ${list.join(', ')}.`,
      mend: isCommercial
        ? 'Make it again with another voice, other music or other pictures.'
        : 'Publish it only where it earns nothing.',
    });
  }
  const realistic = made.filter(({ isSynthetic, isRealistic }) => isSynthetic && isRealistic);
  if (realistic.length > 0 && !isMarkedSynthetic) {
    findings.push({
      rule: 'synthetic_mark',
      severity: 'stops',
      text: `It holds what could be taken for real (${[...new Set(realistic.map(({ kind }) => kind))].join(', ')}) and is not marked as synthetic.`,
      mend: 'Mark it: platforms demand it, and take down what is not marked.',
      fix: 'synthetic-mark',
    });
  }
  for (const source of uncredited(post)) {
    findings.push({
      rule: 'credit',
      severity: 'warns',
      text: `"${source}" is heard in it and is not named in the description.`,
      mend: 'Name it in the description.',
      fix: 'description',
    });
  }
  return findings;
}

/** The origin of every asset that is no recording. */
function provenanceOf(timeline: Timeline | undefined): Provenance[] {
  return (timeline?.assets ?? []).flatMap((asset) =>
    (asset.kind === 'file' || asset.kind === 'image') && asset.provenance !== undefined
      ? [asset.provenance]
      : [],
  );
}

/** Of a film made of several videos, those whose titles and addresses the description leaves out. */
function uncredited(post: Post | undefined): string[] {
  if (post?.sources === undefined || post.sources.length < 2) return [];
  const text = post.description.toLowerCase();
  const isNamed = ({ title, address }: { title: string; address?: string | undefined }) =>
    text.includes(title.toLowerCase()) || (address !== undefined && text.includes(address.toLowerCase()));
  return [...new Set(post.sources.filter((source) => !isNamed(source)).map(({ title }) => title))];
}

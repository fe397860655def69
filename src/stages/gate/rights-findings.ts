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
  const made = provenanceOf(timeline, post);
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
  const unknown = [
    ...new Set(made.filter(({ licence }) => isUnknown.test(licence)).map(({ madeBy }) => madeBy)),
  ];
  if (unknown.length > 0) {
    findings.push({
      rule: 'licence_unknown',
      severity: 'stops',
      text: `Nobody knows under which terms it may be used: what was made by ${unknown.join(', ')}.`,
      mend: 'Find out, and write the licence into the timeline; or make it again with something else.',
    });
  }
  for (const { madeBy, licence, kind } of made) {
    const isNamed = post?.description.toLowerCase().includes(madeBy.toLowerCase()) === true;
    if (!wantsName.test(licence) || isNamed || findings.some(({ text }) => text.includes(`"${madeBy}"`)))
      continue;
    findings.push({
      rule: 'credit',
      severity: 'stops',
      text: `The ${kind} by "${madeBy}" is used under ${licence}, which asks for its maker's name, and the description leaves it out.`,
      mend: 'Name its maker and its licence in the description.',
      fix: 'description',
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

/** The origin of every asset that is no recording, as the timeline and the post say. */
function provenanceOf(timeline: Timeline | undefined, post: Post | undefined): Omit<Provenance, 'from'>[] {
  const used = (timeline?.assets ?? []).flatMap((asset) =>
    (asset.kind === 'file' || asset.kind === 'image') && asset.provenance !== undefined
      ? [asset.provenance]
      : [],
  );
  return [...used, ...(post?.made ?? [])];
}

/** Licences whose terms ask for the maker's name: Creative Commons' with BY. */
const wantsName = /^cc[- ]by/iu;

/** Licences that say nothing: what nobody knows is not free. */
const isUnknown = /^(?:unknown|none|noassertion|\?)$/iu;

/** Of a film made of several videos, those whose titles and addresses the description leaves out. */
function uncredited(post: Post | undefined): string[] {
  if (post?.sources === undefined || post.sources.length < 2) return [];
  const text = post.description.toLowerCase();
  const isNamed = ({ title, address }: { title: string; address?: string | undefined }) =>
    text.includes(title.toLowerCase()) || (address !== undefined && text.includes(address.toLowerCase()));
  return [...new Set(post.sources.filter((source) => !isNamed(source)).map(({ title }) => title))];
}

import { PatternPivotError } from './errors.ts';

/**
 * Older timeline documents become current ones here, a version at a time.
 *
 * To bring in version N + 1: change the schema in `timeline.ts` and its `version` literal, append to
 * {@link timelineUpgrades} one pure function from a document of version N to one of version N + 1 (it need not
 * validate: the schema does that afterwards), keep the old page `docs/timeline-vN.md`, and add a test with a real old
 * document. A function, once released, never changes.
 */

/** Makes a document of the next version out of one of the version before; never changes its argument. */
export type TimelineUpgrade = (document: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** Entry `n` turns version `n + 1` into version `n + 2`; so the current version is one more than there are entries. */
export const timelineUpgrades: readonly TimelineUpgrade[] = [];

/**
 * Brings parsed JSON of any known version to the current one; what it is otherwise, the schema will tell.
 * @throws input.timeline_invalid when it is no object with a version; input.timeline_newer when a newer program wrote it
 */
export function upgradeTimeline(
  json: unknown,
  upgrades: readonly TimelineUpgrade[] = timelineUpgrades,
): Record<string, unknown> {
  const current = upgrades.length + 1;
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new PatternPivotError(
      'input.timeline_invalid',
      'This is not a timeline: a JSON object is expected.',
      { hint: 'docs/timeline-v1.md describes every field.' },
    );
  }
  let document = json as Record<string, unknown>;
  const version = document['version'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    const mistake = `version: ${version === undefined ? 'is missing' : 'is not a whole number of at least 1'}`;
    throw new PatternPivotError('input.timeline_invalid', `This is not a timeline: ${mistake}.`, {
      context: { mistakes: [mistake] },
      hint: `A timeline document begins with "version": ${current}.`,
    });
  }
  if (version > current) {
    throw new PatternPivotError(
      'input.timeline_newer',
      `The timeline is of version ${version}; this program reads versions up to ${current}.`,
      { hint: 'Install a newer PatternPivot to open it.', context: { version, current } },
    );
  }
  for (let from = version; from < current; from++) {
    const upgrade = upgrades[from - 1];
    if (upgrade !== undefined) document = { ...upgrade(document), version: from + 1 };
  }
  return document;
}

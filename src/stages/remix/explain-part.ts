import type { Reason } from '../../domain/moment.ts';
import { likeness } from './order-build.ts';
import type { PartRole, RemixCandidate } from './part.ts';

/** Neighbours that are this much alike in meaning go on from one another. */
const goesOn = 0.35;

const roleNames: Readonly<Record<PartRole, string>> = {
  hook: 'Opens',
  build: 'Goes on',
  payoff: 'Closes',
};

/** Features that say most about a role, by the beginnings of their names. */
const tellingFor: Readonly<Record<PartRole, RegExp>> = {
  hook: /^opening\./u,
  build: /^(?:topic|substance)\./u,
  payoff: /^ending\.(?:inner-)?conclusion$/u,
};

/** Why a part stands where it stands, in one sentence for a person. */
export function explainPart(
  role: PartRole,
  candidate: RemixCandidate,
  before: RemixCandidate | undefined,
): string {
  const reasons = candidate.reasons[role];
  const telling = reasons.find(({ feature }) => tellingFor[role].test(feature));
  const texts = [...new Set([telling, reasons.find(({ feature }) => feature === 'topic.near'), reasons[0]])]
    .filter((reason) => reason !== undefined)
    .slice(0, 2)
    .map((reason: Reason) => lower(reason.text));
  const joint = describeJoint(role, candidate, before);
  const said = [...(joint === undefined ? [] : [joint]), ...texts];
  return `${roleNames[role]}: ${said.length === 0 ? 'the best that was found for it' : said.join('; ')}.`;
}

function describeJoint(
  role: PartRole,
  candidate: RemixCandidate,
  before: RemixCandidate | undefined,
): string | undefined {
  if (role === 'hook' || before === undefined) return undefined;
  const isNear = likeness(candidate, before) >= goesOn;
  const isSame = candidate.assetId === before.assetId;
  if (isNear) return isSame ? 'goes on with the same thought' : 'another voice on the same thought';
  return isSame ? 'another thought of the same source' : 'another source and another side of it';
}

function lower(text: string): string {
  return text.replace(/^\p{Lu}(?=\p{Ll})/u, (letter) => letter.toLowerCase());
}

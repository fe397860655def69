import type { Reason } from '../../domain/moment.ts';

/** What a part does in a remix: opens it, carries it, or closes it. */
export type PartRole = 'hook' | 'build' | 'payoff';

/** A stretch of one source that may become part of a remix: whole sentences, judged for each role. Times are ms of the asset. */
export type RemixCandidate = {
  readonly id: string;
  readonly assetId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** How long it plays: what tightening takes out does not count. */
  readonly playMs: number;
  /** Sentences of the transcript, half-open. */
  readonly sentenceStart: number;
  readonly sentenceEnd: number;
  readonly text: string;
  /** How good it is in each role, 0 to 1. */
  readonly scores: Readonly<Record<PartRole, number>>;
  /** How near the topic it is, 0 to 1. */
  readonly nearness: number;
  /** Why it is good in each role, the best first. */
  readonly reasons: Readonly<Record<PartRole, readonly Reason[]>>;
  /** All that spoke for and against it, as a moment of its own. */
  readonly allReasons: readonly Reason[];
  /** Its meaning, of unit length. */
  readonly vector: Float32Array;
};

/** A candidate that was chosen, what it does, and why it stands where it stands. */
export type RemixPart = {
  readonly role: PartRole;
  readonly candidate: RemixCandidate;
  /** One sentence for a person. */
  readonly why: string;
};

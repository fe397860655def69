import type { MediaInfo } from './media.ts';

/** A media file that was found good enough to work on: where it is, what it is, and who it is. */
export type Source = {
  /** Absolute path; of a recording of several files, that of the first. */
  readonly path: string;
  /** `sha256:` and 64 hex digits of the file's bytes: its identity, wherever it lies. Of several files: over theirs. */
  readonly contentHash: string;
  /** Of several files: as long as all of them together, with the picture of the first that has one and the sound of all. */
  readonly info: MediaInfo;
  /** The files of one recording that were lined up by their sound; left out where the source is one file. */
  readonly members?: readonly SourceMember[];
};

/** One file of a recording: a microphone, a camera or both. */
export type SourceMember = {
  readonly path: string;
  readonly contentHash: string;
  readonly info: MediaInfo;
  /** Where in the recording's time this file begins, in ms; the earliest begins at 0. */
  readonly offsetMs: number;
  /** How much faster its clock runs than the first member's, in parts per million: its time t lies at offset + t × (1 − ppm / 10⁶). */
  readonly driftPpm: number;
  /** Who speaks into it, by its file name; undefined for a camera or a mix of all. */
  readonly speaker: string | undefined;
  /** How loud its loudest words are, in dB relative to full scale; undefined where it has no sound. */
  readonly speechDbfs?: number | undefined;
};

/** When in a member's own time a time of the recording is, in ms; negative before it begins. */
export function toMemberMs(member: SourceMember, ms: number): number {
  return (ms - member.offsetMs) / (1 - member.driftPpm / 1e6);
}

/** When in the recording a time of a member is, in ms. */
export function fromMemberMs(member: SourceMember, ms: number): number {
  return member.offsetMs + ms * (1 - member.driftPpm / 1e6);
}

/** The members that are listened to: the speakers' microphones where these are known, else all that have sound. */
export function heardMembers(source: Source): readonly SourceMember[] {
  const audible = (source.members ?? []).filter(({ info }) => info.audio.length > 0);
  const microphones = audible.filter(({ speaker }) => speaker !== undefined);
  return microphones.length > 0 ? microphones : audible;
}

/** What brings every microphone to one level before they are mixed, in dB. Loudness for the listener is measured later, on the whole. */
const mixedSpeechDbfs = -20;

/** The gain that a member is mixed with, in dB: within −20 and 24, so that a silent one is not blown up. */
export function mixGainDb({ speechDbfs }: SourceMember): number {
  if (speechDbfs === undefined) return 0;
  return Math.round(Math.max(-20, Math.min(24, mixedSpeechDbfs - speechDbfs)) * 10) / 10;
}

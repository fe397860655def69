import type { Moment } from '../domain/moment.ts';
import type { Source } from '../domain/source.ts';
import type { TimeRange } from '../domain/time.ts';
import type { Timeline } from '../domain/timeline.ts';
import type { Transcript } from '../domain/transcript.ts';
import type { Chat } from '../ports/chat.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { OpenSpeechDetector } from '../ports/speech-detector.ts';
import type { Transcriber } from '../ports/transcriber.ts';
import type { FontSource } from './prepare-fonts.ts';
import type { PlanOptions } from '../stages/plan/plan-request.ts';
import type { StageCache, StageContext } from '../stages/stage.ts';

/** What a user may ask of `make`. */
export type MakeOptions = {
  /** The folder that gets a folder for each source. */
  readonly outFolder: string;
  readonly count: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Only this part of the source. */
  readonly range?: { readonly fromMs: number; readonly toMs: number | undefined };
  /** Exactly these, snapped to words; then nothing is chosen. */
  readonly at: readonly TimeRange[];
  /** How clips look and how they are cut. */
  readonly plan: Omit<PlanOptions, 'keepStretches' | 'toolVersion'>;
  /** What the clips should be about, in words. */
  readonly topic?: string;
  /** Whether covers carry the title. */
  readonly hasCoverTitle: boolean;
  readonly glossary: readonly string[];
  readonly language?: string;
  /** Words that exist already: then nothing is recognised. */
  readonly transcript?: Transcript;
  readonly isPreview: boolean;
  /** Says what would be made, and makes no clip. */
  readonly isDryRun: boolean;
};

/** What `make` needs from the world. */
export type MakePorts = {
  /** One file, or the media behind an http(s) address. */
  openSource(path: string, context: StageContext): Promise<Source>;
  /** Several files that are one recording, lined up by their sound. */
  openRecording(paths: readonly string[], context: StageContext): Promise<Source>;
  readonly transcriber: Transcriber;
  readonly openSpeechDetector: OpenSpeechDetector;
  readonly embedder: Embedder;
  readonly chat?: Chat;
  /** Gets fonts of scripts that are too large to carry. */
  readonly getFont: FontSource;
  readonly cache: StageCache;
  /** Where stored results lie: room is needed there too. */
  readonly workspaceFolder: string;
  /** Which version of the program decides; the timelines say so. */
  readonly toolVersion: string;
};

/** A clip before it is rendered. */
export type ClipPlan = { readonly name: string; readonly moment: Moment; readonly timeline: Timeline };

import type { InterestPoint, Moment } from '../../domain/moment.ts';
import type { Post } from '../../domain/post.ts';
import type { CheckReport } from '../../domain/rendition.ts';
import type { Sound } from '../../domain/sound.ts';

/** How far a clip is: not begun, being rendered, being measured, there, or given up. */
export type PageClipStatus = 'waiting' | 'rendering' | 'checking' | 'done' | 'failed';

/** One clip of the page. File names are relative to the page's folder; what is undefined does not exist (yet). */
export type PageClip = {
  readonly status: PageClipStatus;
  /** Why it failed, for a person. */
  readonly problem?: string | undefined;
  readonly files: {
    readonly video?: string | undefined;
    readonly cover?: string | undefined;
    readonly timeline?: string | undefined;
    readonly srt?: string | undefined;
    readonly vtt?: string | undefined;
    readonly post?: string | undefined;
  };
  readonly moment: Moment;
  /** How long it plays, in ms: what was cut from its middle and what a brand added counts. Left out: as long as its moment. */
  readonly playingMs?: number | undefined;
  readonly post?: Post | undefined;
  readonly check?: CheckReport | undefined;
};

/** Everything that the page of one source shows. */
export type PageData = {
  readonly source: { readonly name: string; readonly durationMs: number };
  /** `running`: more is to come, and the page reloads itself. `skipped`: nothing could be made, `reason` says why. */
  readonly status: 'running' | 'finished' | 'skipped';
  /** Why the source was skipped, in a sentence. */
  readonly reason?: string | undefined;
  /** What the ear measured; without it (a transcript alone) no waveform is drawn. */
  readonly sound?: Pick<Sound, 'envelopeDbfs' | 'envelopeWindowMs'> | undefined;
  readonly interest: readonly InterestPoint[];
  readonly clips: readonly PageClip[];
  /** What a reader should know: a model that failed, why there are fewer clips than asked for. */
  readonly notes: readonly string[];
};

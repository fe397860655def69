import type { Layout } from '../../domain/aspect.ts';
import type { Brand } from '../../domain/brand.ts';
import type { Focus, RangedWish } from '../../domain/framing.ts';
import type { CaptionLook } from '../../domain/caption-look.ts';
import type { Moment } from '../../domain/moment.ts';
import type { Seen } from '../../domain/shot.ts';
import type { Sound } from '../../domain/sound.ts';
import type { Source } from '../../domain/source.ts';
import type { PunchInMode, TightenMode } from '../../domain/tightening.ts';
import type { Rational, TimeRange } from '../../domain/time.ts';
import type { FontFile } from '../../domain/timeline.ts';
import type { Transcript } from '../../domain/transcript.ts';

/** A still picture for sound alone. */
export type StillPicture = {
  readonly path: string;
  /** `sha256:` and 64 hex digits of the file's bytes. */
  readonly contentHash: string;
  /** Which stream of the file holds it; the main one when left out. */
  readonly videoStreamIndex?: number;
  /** As shown (rotated, square pixels), in px. */
  readonly width: number;
  readonly height: number;
};

/** How a clip is to look and to be cut. */
export type PlanOptions = {
  /** Size of the canvas in px, both even. Default: 1080×1920. */
  readonly width?: number;
  readonly height?: number;
  /** The timeline's frames a second. Default: what fits the source best. */
  readonly frameRate?: Rational | undefined;
  /** How captions look; without it nothing is burnt in. */
  readonly captionLook?: CaptionLook | undefined;
  /** Whether key words are marked, so that a style may set them apart. Default: false. */
  readonly isEmphasised?: boolean;
  /** How a picture of another shape comes onto the canvas. Default: auto. Where no faces were looked for, only fit is not fill. */
  readonly layout?: Layout;
  /** What holds instead for ranges of the source. Default: nothing. */
  readonly rangedWishes?: readonly RangedWish[] | undefined;
  /** Whom the camera prefers: a side, or a person of the framing by id. Default: whoever speaks, or stands out. */
  readonly focus?: Focus | undefined;
  /** How much of the air between words is cut. Default: off. */
  readonly tighten?: TightenMode;
  /** Stretches of the source, in ms, that tightening must leave alone: cuts that the user took back. */
  readonly keepStretches?: readonly TimeRange[] | undefined;
  /** How far every other piece after a jump cut is zoomed in. Default: off. */
  readonly punchIn?: PunchInMode;
  /** How sound without a picture is drawn. Default: waveform. */
  readonly audiogram?: 'waveform' | 'spectrum';
  /** Shown behind sound without a picture. Default: the file's own cover, where it has one. */
  readonly picture?: StillPicture | undefined;
  readonly brand?: Brand | undefined;
  /** Fonts that were fetched for the words' script. */
  readonly fonts?: readonly FontFile[] | undefined;
  /** Written into the metadata: which version of the program decided this. */
  readonly toolVersion?: string;
};

/** What a plan is made from. */
export type PlanRequest = {
  readonly source: Source;
  readonly moment: Moment;
  readonly transcript: Transcript;
  /** What was seen around the moment: jump cuts and the moment's ends mind its shots. Without it all is one shot. */
  readonly seen?: Seen | undefined;
  /** What was heard: tightening puts cuts where it is quiet. Without it the transcript's own speech is all that it knows. */
  readonly sound?: Sound | undefined;
  readonly options: PlanOptions;
};

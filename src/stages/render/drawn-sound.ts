import { rationalToNumber, type Rational } from '../../domain/time.ts';
import type { WaveformAsset } from '../../domain/timeline.ts';
import { soundSampleRateHz } from '../../media/render-graph.ts';
import type { Size } from './graph-part.ts';

/** Sound as a picture: bars that pass by, or bars of pitches that dance. Pure text for FFmpeg's filter graph. */

/** How many bars of a waveform are made a second, and how many are seen: what was just heard, and as much of what comes. */
const barsPerSecond = 15;
const barsSeen = 44;

/** How many bars a spectrum has. */
const pitchBars = 40;

/** How much of a bar's room it fills. */
const filledShare = 0.55;

/** How opaque what is yet to be heard is. */
const comingOpacity = 0.4;

/** The pitches of speech, in hertz. */
const lowestHz = 90;
const highestHz = 7000;

/** How much silence a drawing wants before its sound and after it, in seconds: half of what is seen at once. */
export function drawingMarginSeconds(look: WaveformAsset['look']): number {
  return look === 'waveform' ? barsSeen / 2 / barsPerSecond : 0;
}

/**
 * The chains that turn a sound into pictures of a size, transparent around what is drawn (`yuva420p`). They read `[input]`,
 * stereo of 48 kHz with the drawing's margins, and end in the last line without a label.
 */
export function drawingLines(
  asset: WaveformAsset,
  options: { input: string; size: Size; frameRate: Rational },
): string[] {
  const { input, size, frameRate } = options;
  const mask = asset.look === 'waveform' ? waveform(size, frameRate) : spectrum(size, frameRate, input);
  const rate = `${frameRate.num}/${frameRate.den}`;
  return [
    `[${input}]aformat=channel_layouts=mono,${mask.join(',')},pad=${size.width}:${size.height}:(ow-iw)/2:(oh-ih)/2:color=black,format=gray,setsar=1[${input}mask]`,
    `color=c=${asset.color}:s=16x16:r=${rate},format=gbrp,scale=${size.width}:${size.height}:out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1[${input}color]`,
    `[${input}color][${input}mask]alphamerge=shortest=1,format=yuva420p`,
  ];
}

/** The room of a bar with the gap after it, and the bar's own width, in px; the last bar has no gap. */
function measureBars(width: number, bars: number): { step: number; bar: number; total: number } {
  const step = Math.max(2, Math.floor(width / bars));
  const bar = Math.max(1, Math.round(step * filledShare));
  return { step, bar, total: Math.min(width, bars * step - (step - bar)) };
}

/** Loudest point by loudest point, a bar each, passing from right to left; now is in the middle. */
function waveform(size: Size, frameRate: Rational): string[] {
  const { step, bar, total } = measureBars(size.width, barsSeen);
  const { num, den } = frameRate;
  const least = Math.max(2, 2 * Math.round(size.height / 90));
  return [
    // Speech seldom comes near full scale.
    'volume=6dB',
    `showwaves=s=1x${size.height}:n=${soundSampleRateHz / barsPerSecond}:mode=cline:draw=full:scale=sqrt:colors=white`,
    'format=rgba',
    'alphaextract',
    `drawbox=x=0:y=(ih-${least})/2:w=iw:h=${least}:t=fill:color=white`,
    `scale=${bar}:${size.height}:flags=neighbor`,
    `tile=${barsSeen + 1}x1:overlap=${barsSeen}:padding=${step - bar}:color=black`,
    `settb=1/${barsPerSecond}`,
    'setpts=N',
    `fps=${num}/${den}:round=up`,
    `crop=${total}:${size.height}:x='mod(n*${barsPerSecond * den}/${num}\\,1)*${step}':y=0:exact=1`,
    `drawbox=x=iw/2:y=0:w=iw/2:h=ih:t=fill:color=black@${1 - comingOpacity}`,
  ];
}

/** The loudness of each pitch, low ones left: bars up and down from the middle. */
function spectrum(size: Size, frameRate: Rational, name: string): string[] {
  const { step, bar, total } = measureBars(size.width, pitchBars);
  const half = Math.max(1, Math.floor(size.height / 2));
  const least = Math.max(1, Math.round(size.height / 90));
  // Twice as wide and averaged: a bar stands for all pitches of its room.
  const drawn = `${2 * pitchBars}x${2 * Math.ceil(half / 2)}`;
  return [
    `showcqt=s=${drawn}:fps=${decimalRate(frameRate)}:bar_h=${2 * Math.ceil(half / 2)}:axis_h=0:sono_h=0:basefreq=${lowestHz}:endfreq=${highestHz}:bar_g=7:bar_v=30:cscheme=1|1|1|1|1|1:count=2`,
    `scale=${pitchBars}:${half}:flags=area`,
    `scale=${pitchBars * step}:${half}:flags=neighbor`,
    'format=gray',
    "lut=c0='if(gt(val\\,24)\\,255\\,0)'",
    `drawbox=x=0:y=ih-${least}:w=iw:h=${least}:t=fill:color=white`,
    // The lower half mirrors the upper one.
    `split[${name}up][${name}copy];[${name}copy]vflip[${name}down];[${name}up][${name}down]vstack`,
    `drawgrid=x=${bar}:y=-10:w=${step}:h=100000:t=${step - bar}:c=black`,
    `crop=${total}:ih:0:0`,
  ];
}

function decimalRate(rate: Rational): string {
  return rationalToNumber(rate).toFixed(6);
}

import { createRequire } from 'node:module';
import type { RenderGraph } from '../src/media/render-graph.ts';
import type { Passage } from './talk.ts';

/** The moving picture of a made talk: a different generated scene a paragraph, its title, and the voice as a waveform. */

/** Scenes are made small and slow and scaled up: soft pictures lose nothing by it, and two cores have other things to do. */
const sceneSources: readonly string[] = [
  'gradients=s=320x180:r=15:seed=1:type=radial:n=3:c0=0x1b1b3a:c1=0x5f0f8f:c2=0x0b6e99:speed=0.03',
  'life=s=64x36:r=4:seed=2:mold=30:ratio=0.12:life_color=0xffd166:death_color=0xef476f:mold_color=0x073b4c',
  'gradients=s=320x180:r=15:seed=3:type=circular:n=3:c0=0x10002b:c1=0x5a189a:c2=0xc77dff:speed=0.03',
  'gradients=s=320x180:r=15:seed=4:type=radial:n=4:c0=0x2e1065:c1=0x9a031e:c2=0xe07a3f:c3=0x6a1e3a:speed=0.03',
  'gradients=s=320x180:r=15:seed=5:type=spiral:n=3:c0=0x03045e:c1=0x0077b6:c2=0x48cae4:speed=0.03',
  'life=s=64x36:r=4:seed=6:mold=40:ratio=0.12:life_color=0xd8f3dc:death_color=0x52b788:mold_color=0x081c15',
  'gradients=s=320x180:r=15:seed=7:n=4:c0=0x2b2d42:c1=0x8d5b4c:c2=0xd68c45:c3=0x2c6e49:speed=0.03',
];

/** How the talk is encoded: quickly, since it is only looked at once. */
const videoOptions = { preset: 'ultrafast', crf: '26', g: '60' };

/** What the picture of a talk is made from. */
export type TalkPicture = {
  readonly passages: readonly Passage[];
  /** A WAV file with the voice: its first stream. */
  readonly voicePath: string;
  readonly outputPath: string;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
};

/** The render of a talk as plain data: a scene a passage, hard cuts between them. */
export function planTalkPicture(picture: TalkPicture): RenderGraph {
  const { passages, width, height, framesPerSecond } = picture;
  const toFrame = (ms: number) => Math.round((ms * framesPerSecond) / 1000);
  const titleSize = Math.round(height / 23);
  const waveWidth = Math.round(height / 5) * 2;
  const waveHeight = Math.round(height / 10) * 2;
  const scenes = passages.map(({ startMs, endMs }, index) => {
    const source = sceneSources[index % sceneSources.length] ?? '';
    const title = [
      'fontfile=title.ttf',
      `textfile=title-${index}.txt`,
      'expansion=none',
      `fontsize=${titleSize}`,
      'fontcolor=white',
      'x=(w-text_w)/2',
      `y=${Math.round(height * 0.13)}`,
      'shadowx=2:shadowy=2:shadowcolor=black@0.6',
    ].join(':');
    return (
      `${source},format=yuv420p,scale=${width}:${height}:flags=bicubic,fps=${framesPerSecond},` +
      `trim=end_frame=${toFrame(endMs) - toFrame(startMs)},setsar=1,drawtext=${title}[scene${index}]`
    );
  });
  const lastMs = passages.at(-1)?.endMs ?? 0;
  const filters = [
    ...scenes,
    `${passages.map((_, index) => `[scene${index}]`).join('')}concat=n=${passages.length}[scenes]`,
    '[voice]asplit[heard][seen]',
    // Half the rate is enough for a waveform, and every second frame then costs next to nothing to encode.
    `[seen]volume=2,showwaves=s=${waveWidth}x${waveHeight}:r=${framesPerSecond / 2}:mode=cline:draw=full:colors=white[wave]`,
    '[scenes][wave]overlay=(W-w)/2:(H-h)/2:eof_action=pass,format=yuv420p[picture]',
    '[heard]aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo,asetnsamples=1024:p=0[sound]',
  ];
  return {
    inputs: [
      {
        path: picture.voicePath,
        fromSeconds: 0,
        toSeconds: lastMs / 1000,
        neededAtSeconds: 0,
        speed: 1,
        streams: [{ index: 0, label: 'voice' }],
      },
    ],
    filters: filters.join(';\n'),
    outputs: [
      {
        kind: 'file',
        path: picture.outputPath,
        format: 'mp4',
        formatOptions: { movflags: '+faststart' },
        streams: [
          { kind: 'video', label: 'picture', encoder: 'libx264', options: videoOptions },
          { kind: 'audio', label: 'sound', encoder: 'aac', options: { b: '128k' } },
        ],
      },
    ],
    durationSeconds: lastMs / 1000,
    files: [
      {
        name: 'title.ttf',
        copyOf: createRequire(import.meta.url).resolve(
          '@expo-google-fonts/montserrat/700Bold/Montserrat_700Bold.ttf',
        ),
      },
      ...passages.map(({ title }, index) => ({ name: `title-${index}.txt`, text: title })),
    ],
  };
}

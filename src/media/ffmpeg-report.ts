import { childModulePath, startChild } from '../process/child.ts';

/** Which FFmpeg this is, and which of the named parts it has. */
export type FfmpegReport = {
  readonly version: string;
  readonly missingEncoders: readonly string[];
  readonly missingFilters: readonly string[];
};

/** Loads FFmpeg in a child process and says what it can do. @throws tool.child_died when it cannot be loaded */
export async function reportFfmpeg(): Promise<FfmpegReport> {
  const child = startChild(childModulePath(import.meta.url, './ffmpeg-report.child'), { title: 'FFmpeg' });
  try {
    return await child.call<FfmpegReport>('report', undefined);
  } finally {
    await child.close();
  }
}

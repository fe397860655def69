/** What was fetched of a video. Paths are absolute. */
export type FetchedVideo = { readonly mediaPath: string; readonly captionsPaths: readonly string[] };

/** How fetching is watched and stopped. What is there of a file stays, and the same call goes on with it. */
export type FetchWork = {
  readonly signal: AbortSignal;
  /** How much of the file at hand there is, in bytes; a video and its sound may come as two files. */
  onBytes?(doneBytes: number, totalBytes: number | undefined): void;
};

/** Gets a video of the user's own from where it was published. */
export interface MediaFetcher {
  /** @throws input.video_id, not_found.yt_dlp, tool.yt_dlp_old, provider.fetch_failed */
  fetch(videoId: string, folder: string, work: FetchWork): Promise<FetchedVideo>;
}

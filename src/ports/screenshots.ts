/** What is asked of a page with a video. */
export type PageScreenshotRequest = {
  /** An http or https address. */
  readonly address: string;
  /** Times of the video in ms, in any order. */
  readonly atMs: readonly number[];
  /** How long the page may take to show a video, and the video to show a time, in ms each. */
  readonly waitMs: number;
};

/** A picture of a page's video. */
export type PageScreenshot = {
  /** The time that was asked for. */
  readonly atMs: number;
  /** When the frame that is shown begins, by the video's own clock, in ms; undefined where the browser does not say. */
  readonly shownMs: number | undefined;
  /** A PNG of the video's own size. */
  readonly png: Uint8Array;
};

/** How it is watched and stopped. */
export type PageScreenshotContext = {
  readonly signal: AbortSignal;
  /** Told in a sentence what the user should know: a consent dialog that was answered, a browser without its sandbox. */
  onNotice(text: string): void;
  /** Gets each picture when it is there; the next one is taken when this is done. */
  onPicture(picture: PageScreenshot): Promise<void>;
};

/** Takes pictures of videos on web pages, in a browser. */
export interface PageScreenshots {
  /**
   * Opens the page once and takes the pictures one after the other, in the order of the times asked for. Nothing of the browser is left
   * when it ends, however it ends.
   * @throws not_found.browser, input.no_player, input.time_outside, input.live_video, input.redirect_refused, provider.unreachable,
   * provider.page_failed, provider.video_not_loaded, provider.video_protected, provider.advertisement, provider.page_stuck, tool.browser_failed
   */
  take(request: PageScreenshotRequest, context: PageScreenshotContext): Promise<void>;
}

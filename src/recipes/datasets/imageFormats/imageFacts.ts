/** What the header of an image says; `undefined` in its place means that the header is damaged. */
export interface ImageFacts {
  /** In pixels, as stored: before an EXIF orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** EXIF: 1 is upright, 2 to 4 are mirrored or upside down, 5 to 8 lie on their side. */
  readonly orientation?: number;
  readonly colors?: ImageColors;
  readonly bitsPerChannel?: number;
  /** The file ends before the image does. */
  readonly isTruncated: boolean;
}

export type ImageColors = 'gray' | 'color' | 'palette' | 'cmyk';

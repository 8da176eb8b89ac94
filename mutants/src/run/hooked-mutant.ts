/** What a child process is told: the file's URL and the source to take instead. */
export interface HookedMutant {
  readonly url: string;
  readonly source: string;
}

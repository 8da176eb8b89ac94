/** Where the bytes of a segment's body belong, in their order. */
export class BodyPlaces {
  /** Places in memory; those that lie side by side are one. */
  readonly places: Uint8Array[] = [];
  /** Their length together. */
  bytes = 0;

  add(place: Uint8Array): void {
    this.bytes += place.length;
    const last = this.places.at(-1);
    if (last !== undefined && last.buffer === place.buffer && last.byteOffset + last.length === place.byteOffset) {
      this.places[this.places.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.length + place.length);
    } else this.places.push(place);
  }
}

/** Memory that the records of a group are built in, seen as every type a column has. */
export interface RecordMemory {
  readonly bytes: Uint8Array;
  readonly uint32: Uint32Array;
  readonly int16: Int16Array;
  readonly uint16: Uint16Array;
  readonly float64: Float64Array;
}

/** Creates memory of at least so many bytes. */
export function createRecordMemory(byteLength: number): RecordMemory {
  const buffer = new ArrayBuffer(2 ** Math.ceil(Math.log2(Math.max(byteLength, 65_536))));
  return {
    bytes: new Uint8Array(buffer),
    uint32: new Uint32Array(buffer),
    int16: new Int16Array(buffer),
    uint16: new Uint16Array(buffer),
    float64: new Float64Array(buffer),
  };
}

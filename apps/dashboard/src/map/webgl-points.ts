import { PALETTE_SIZE, paletteRgba, SCALE_MAX_CELSIUS, SCALE_MIN_CELSIUS } from '../color/temperature-scale.ts';
import type { PointLayer, PointScene } from './point-layer.ts';
import { FRAGMENT_SHADER, VERTEX_SHADER } from './point-shaders.ts';
import { populationWeight, radiusFactor } from './point-size.ts';

/** Where a city without coordinates goes: far outside of any view. */
const NOWHERE = 1e7;

/** A layer on WebGL 2: all cities in one draw call. Undefined where WebGL 2 is not to be had. */
export function createWebglPoints(canvas: HTMLCanvasElement): PointLayer | undefined {
  const gl = canvas.getContext('webgl2', { alpha: true, antialias: false, depth: false, premultipliedAlpha: true });
  if (!gl) return undefined;
  const program = link(gl);
  if (!program) return undefined;
  const uniform = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(program, name);
  const uniforms = {
    center: uniform('center'),
    scale: uniform('scale'),
    viewport: uniform('viewport'),
    pixelRatio: uniform('pixelRatio'),
    radiusFactor: uniform('radiusFactor'),
    domain: uniform('domain'),
    absentColor: uniform('absentColor'),
    markColor: uniform('markColor'),
    rim: uniform('rim'),
  };
  const placeBuffer = gl.createBuffer();
  const valueBuffer = gl.createBuffer();
  const lookBuffer = gl.createBuffer();
  const orderBuffer = gl.createBuffer();
  let placed = 0;
  let ordered = 0;
  let looks = new Uint8Array(0);

  // biome-ignore lint/correctness/useHookAtTopLevel: WebGL's useProgram is no React hook
  gl.useProgram(program);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, PALETTE_SIZE, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, paletteRgba);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.bindBuffer(gl.ARRAY_BUFFER, placeBuffer);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 12, 0);
  gl.enableVertexAttribArray(1);
  gl.vertexAttribPointer(1, 1, gl.FLOAT, false, 12, 8);
  gl.bindBuffer(gl.ARRAY_BUFFER, valueBuffer);
  gl.enableVertexAttribArray(2);
  gl.vertexAttribPointer(2, 1, gl.SHORT, false, 2, 0);
  gl.bindBuffer(gl.ARRAY_BUFFER, lookBuffer);
  gl.enableVertexAttribArray(3);
  gl.vertexAttribPointer(3, 2, gl.UNSIGNED_BYTE, false, 2, 0);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, orderBuffer);

  const upload = (scene: PointScene): void => {
    gl.bindBuffer(gl.ARRAY_BUFFER, valueBuffer);
    gl.bufferData(gl.ARRAY_BUFFER, scene.values.subarray(0, placed), gl.DYNAMIC_DRAW);
    if (looks.length !== placed * 2) looks = new Uint8Array(placed * 2);
    for (let slot = 0; slot < placed; slot++) {
      looks[slot * 2] = scene.opacities[slot] ?? 0;
      looks[slot * 2 + 1] = scene.marks[slot] ?? 0;
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, lookBuffer);
    gl.bufferData(gl.ARRAY_BUFFER, looks, gl.DYNAMIC_DRAW);
  };

  return {
    kind: 'webgl',
    setPlaces(x, y, population, count) {
      const vertices = new Float32Array(count * 3);
      for (let slot = 0; slot < count; slot++) {
        const at = x[slot] ?? Number.NaN;
        vertices[slot * 3] = Number.isNaN(at) ? NOWHERE : at;
        vertices[slot * 3 + 1] = Number.isNaN(at) ? NOWHERE : (y[slot] ?? NOWHERE);
        vertices[slot * 3 + 2] = populationWeight(population[slot] ?? 0);
      }
      const order = Uint32Array.from({ length: count }, (_, slot) => slot);
      order.sort((one, other) => (population[one] ?? 0) - (population[other] ?? 0));
      gl.bindBuffer(gl.ARRAY_BUFFER, placeBuffer);
      gl.bufferData(gl.ARRAY_BUFFER, vertices, gl.STATIC_DRAW);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order, gl.STATIC_DRAW);
      placed = count;
      ordered = order.length;
    },
    draw(scene) {
      const { view, size, pixelRatio, colors } = scene;
      const width = Math.round(size.width * pixelRatio);
      const height = Math.round(size.height * pixelRatio);
      gl.viewport(0, 0, width, height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      if (placed === 0) return;
      upload(scene);
      gl.uniform2f(uniforms.center, view.centerX, view.centerY);
      gl.uniform1f(uniforms.scale, view.scale);
      gl.uniform2f(uniforms.viewport, width, height);
      gl.uniform1f(uniforms.pixelRatio, pixelRatio);
      gl.uniform1f(uniforms.radiusFactor, radiusFactor(view.scale));
      gl.uniform2f(uniforms.domain, SCALE_MIN_CELSIUS, SCALE_MAX_CELSIUS);
      gl.uniform3f(uniforms.absentColor, ...colors.absent);
      gl.uniform3f(uniforms.markColor, ...colors.mark);
      gl.uniform1f(uniforms.rim, colors.rim);
      gl.drawElements(gl.POINTS, ordered, gl.UNSIGNED_INT, 0);
      if (scene.selectedSlot !== undefined && scene.selectedSlot < placed) {
        gl.drawArrays(gl.POINTS, scene.selectedSlot, 1);
      }
    },
    dispose() {
      for (const buffer of [placeBuffer, valueBuffer, lookBuffer, orderBuffer]) gl.deleteBuffer(buffer);
      gl.deleteProgram(program);
    },
  };
}

function link(gl: WebGL2RenderingContext): WebGLProgram | undefined {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX_SHADER],
    [gl.FRAGMENT_SHADER, FRAGMENT_SHADER],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) return undefined;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : undefined;
}

/** Places a city, sizes it by population and scale, and looks up its colour. */
export const VERTEX_SHADER = `#version 300 es
precision highp float;
layout(location = 0) in vec2 position;
layout(location = 1) in float weight;
layout(location = 2) in float value;
layout(location = 3) in vec2 look;
uniform vec2 center;
uniform float scale;
uniform vec2 viewport;
uniform float pixelRatio;
uniform float radiusFactor;
uniform vec2 domain;
uniform vec3 absentColor;
uniform sampler2D palette;
out vec4 fill;
out float radius;
out float side;
flat out int risk;
void main() {
  int mark = int(look.y + 0.5);
  risk = mark & 7;
  bool absent = (mark & 24) != 0;
  radius = (1.15 + 3.1 * pow(weight, 1.6)) * radiusFactor * pixelRatio;
  if ((mark & 16) != 0) radius *= 0.7;
  float ring = risk >= 3 ? 3.5 * pixelRatio + (risk == 5 ? radius * 0.3 : 0.0) : 0.0;
  side = 2.0 * (radius + ring) + 2.0;
  gl_PointSize = side;
  vec2 at = (position - center) * scale * pixelRatio;
  gl_Position = vec4(at.x * 2.0 / viewport.x, -at.y * 2.0 / viewport.y, 0.0, 1.0);
  float share = clamp((value / 100.0 - domain.x) / (domain.y - domain.x), 0.0, 1.0);
  vec3 color = texelFetch(palette, ivec2(int(share * 255.0 + 0.5), 0), 0).rgb;
  fill = vec4(absent ? absentColor : color, look.x / 255.0);
}`;

/**
 * Draws a disc, and around it the sign of its risk: thin ring, strong ring, diamond. Signs grow in with the disc, so that a whole
 * continent at risk stays readable from afar and every city tells its level from near.
 */
export const FRAGMENT_SHADER = `#version 300 es
precision highp float;
in vec4 fill;
in float radius;
in float side;
flat in int risk;
uniform float pixelRatio;
uniform vec3 markColor;
uniform float rim;
out vec4 color;
float band(float distance, float at, float halfWidth) {
  return 1.0 - smoothstep(halfWidth - 0.5, halfWidth + 0.5, abs(distance - at));
}
void main() {
  vec2 offset = (gl_PointCoord - 0.5) * side;
  float distance = length(offset);
  float disc = 1.0 - smoothstep(radius - 0.5, radius + 0.5, distance);
  float near = radius / pixelRatio;
  float sign = 0.0;
  if (risk == 3) sign = band(distance, radius + 1.8 * pixelRatio, 0.4 * pixelRatio) * smoothstep(3.0, 4.5, near) * 0.7;
  else if (risk == 4) sign = band(distance, radius + 2.0 * pixelRatio, 0.7 * pixelRatio) * smoothstep(1.4, 4.0, near);
  else if (risk == 5) sign = band(abs(offset.x) + abs(offset.y), radius * 1.3 + 2.4 * pixelRatio, 0.8 * pixelRatio) * mix(0.5, 1.0, smoothstep(1.4, 3.0, near));
  float edge = rim * smoothstep(radius - 1.5 * pixelRatio, radius, distance) * smoothstep(1.6, 3.2, near);
  vec3 inner = fill.rgb * (1.0 - edge);
  float outer = sign * (1.0 - disc);
  color = vec4(inner * disc + markColor * outer, disc + outer) * fill.a;
}`;

export { type ErrorCode, type FieldViolation, IsothermError, type IsothermErrorOptions } from './isotherm-error.ts';

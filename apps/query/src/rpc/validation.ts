export { invalidRequest, validated } from '@isotherm/service-kit';

/** Image of the operator in install.yaml. */
export const OPERATOR_IMAGE = 'isotherm:0.1.0';

/** What to do about a connection that failed for reasons of TLS, by what Node says of it; undefined for other reasons. */
export function tlsTrouble(text: string, where = 'The platform'): string | undefined {
  if (/certificate required/.test(text)) {
    return `${where} lets in clients with a certificate only: show one with --cert and --key.`;
  }
  if (/wrong version number|packet length too long/.test(text)) {
    return `${where} speaks plain text: write http:// in front of its address.`;
  }
  if (/Expected HTTP\//.test(text)) return `${where} speaks TLS: write https:// in front of its address.`;
  if (/certificate|altnames/i.test(text)) {
    const [reason = text] = text.split(/[;\n]/, 1);
    return `${where} shows a certificate that is not trusted (${reason.replace(/\.$/, '')}): name its authority with --ca, or the address as the certificate has it.`;
  }
  return undefined;
}

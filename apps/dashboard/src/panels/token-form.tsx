import type { FormEvent } from 'react';
import type { AccessRefusal } from '../data/access-token.ts';
import { useModel } from '../model-context.ts';
import './token-form.css';

const WORDS: Readonly<Record<AccessRefusal, string>> = {
  missing: 'Give one that may read. It is kept until this tab is closed.',
  unknown: 'It does not know the one it was given. Is it whole?',
  forbidden: 'The one it was given may not read. Give one that may.',
};

/** Asks for the token that the platform asks for. */
export function TokenForm({ refusal }: { readonly refusal: AccessRefusal }) {
  const { access } = useModel();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get('token') ?? '').trim();
    if (token !== '') access.present(token);
  };
  return (
    <form className="notice surface token-form" onSubmit={submit}>
      <h2>This platform asks for a token</h2>
      <p className="quiet" role="alert">
        {WORDS[refusal]}
      </p>
      <div className="token-row">
        <input type="password" name="token" aria-label="Token" autoComplete="off" required />
        <button type="submit" className="link">
          Continue
        </button>
      </div>
    </form>
  );
}

export { enumNumber, enumWord, enumWords, notAWord } from './enum-words.ts';

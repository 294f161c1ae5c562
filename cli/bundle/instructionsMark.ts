/** The first line of instructions: what has it may be written anew. */
export const instructionsMark = "<!-- Written by npm run bundle -->";

package io.netattach.kube;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what somebody meant who wrote a name almost right. */
public final class Spelling {

  private static final int MAX_LENGTH = 40;

  private Spelling() {}

  /** The known word that is closest to a given one, if any is close enough to be meant. */
  public static Optional<String> closest(String word, Collection<String> known) {
    if (word.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    // One slip in a short word, two in one of five letters, three in one of eight.
    int slips = Math.max(1, (word.length() + 1) / 3);
    return known.stream()
        .filter(candidate -> distance(word, candidate) <= slips)
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
  }

  /** Insertions, deletions and replacements from one word to the other, letters' case aside. */
  public static int distance(String a, String b) {
    String from = a.toLowerCase(Locale.ROOT);
    String to = b.toLowerCase(Locale.ROOT);
    int[] previous = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int[] row = new int[to.length() + 1];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(previous[j], row[j - 1]));
      }
      previous = row;
    }
    return previous[to.length()];
  }
}

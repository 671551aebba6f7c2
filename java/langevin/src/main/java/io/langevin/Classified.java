package io.langevin;

/// What a classifier says of images ([Model#classify]).
///
/// @param count       images
/// @param classes     that it tells apart
/// @param featureSize numbers in the features of an image
/// @param logits      `[count, classes]`: logarithms of the classes' probabilities, but for one constant an image; not copied
/// @param features    `[count, featureSize]`: what its last layer makes logits of, a place for each image near those that look alike; not copied
public record Classified(int count, int classes, int featureSize, float[] logits, float[] features) {

    /// @throws InvalidArgumentException when the numbers do not fill their shapes
    public Classified {
        if (count < 1 || classes < 1 || featureSize < 1 || (long) count * classes != logits.length || (long) count * featureSize != features.length) {
            throw new InvalidArgumentException(logits.length + " logits and " + features.length + " features are not those of " + count + " images with " + classes
                    + " classes and " + featureSize + " features");
        }
    }

    /// The class that it sees on an image: the one with the largest logit, the first of equals.
    public int label(int image) {
        checkIndex(image);
        int best = 0;
        for (int k = 1; k < classes; k++) {
            if (logits[image * classes + k] > logits[image * classes + best]) {
                best = k;
            }
        }
        return best;
    }

    /// How sure it is of each class, from 0 to 1: the softmax of an image's logits.
    public double[] probabilities(int image) {
        double largest = logits[image * classes + label(image)];
        var probabilities = new double[classes];
        double sum = 0;
        for (int k = 0; k < classes; k++) {
            probabilities[k] = Math.exp(logits[image * classes + k] - largest);
            sum += probabilities[k];
        }
        for (int k = 0; k < classes; k++) {
            probabilities[k] /= sum;
        }
        return probabilities;
    }

    private void checkIndex(int image) {
        if (image < 0 || image >= count) {
            throw new InvalidArgumentException("image " + image + " of " + count + "; the first is 0");
        }
    }
}

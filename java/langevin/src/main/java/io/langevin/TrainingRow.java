package io.langevin;

/// What training does with one image x_0 and its noise z: the network sees `x_t = s (a x_0 + b z)` at timestep t, and the image's loss is
/// `w * mean of (net(x_t, t) - (u x_0 + v z))^2`. Every objective of the literature is such a row; docs/training.md lists them.
///
/// @param a share of the image in what the network sees
/// @param b share of the noise in what the network sees
/// @param s scale of what the network sees
/// @param t timestep, as the network takes it
/// @param w weight of the loss
/// @param u share of the image in what the network is to say
/// @param v share of the noise in what the network is to say
public record TrainingRow(double a, double b, double s, double t, double w, double u, double v) {
    /// @throws InvalidArgumentException for a number that is not finite, and for a weight below 0
    public TrainingRow {
        if (!(Double.isFinite(a) && Double.isFinite(b) && Double.isFinite(s) && Double.isFinite(t) && Double.isFinite(u) && Double.isFinite(v))) {
            throw new InvalidArgumentException("training row a " + a + ", b " + b + ", s " + s + ", t " + t + ", u " + u + ", v " + v + ": they are finite numbers");
        }
        if (!(w >= 0 && Double.isFinite(w))) {
            throw new InvalidArgumentException("training row: the weight w is " + w + "; it is 0 or more, and finite");
        }
    }
}

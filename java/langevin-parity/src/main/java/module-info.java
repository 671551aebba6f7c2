/// Golden cases, recorded from PyTorch and diffusers, through Langevin's public interface. For tests/parity/run; not shipped.
module io.langevin.parity {
    requires io.langevin;
}

"""What a model does, made visible: pictures, traces, samples."""

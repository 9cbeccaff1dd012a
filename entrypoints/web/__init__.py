"""What every web framework needs: errors as problems, versions as ETags, a unit for each request."""
